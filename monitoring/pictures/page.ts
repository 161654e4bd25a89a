// A dashboard's JSON and its data as one HTML page: much as Grafana shows them, without Grafana.
import type { Series } from '../testing/prometheus.ts';
import { graph } from './graph.ts';
import { heatmap } from './heatmap.ts';
import { written } from './numbers.ts';
import { colourOf, type Size } from './plot.ts';

export interface Panel {
  readonly title: string;
  readonly type: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly max?: number;
      readonly noValue?: string;
      readonly thresholds?: {
        readonly steps: readonly { readonly value: number | null; readonly color: string }[];
      };
      readonly custom?: { readonly stacking?: { readonly mode: string } };
    };
  };
}

export interface Line {
  readonly legend: string;
  readonly points: readonly (readonly [number, number])[];
}
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

const unitHeight = 38;
const columnWidth = 62;

export function linesOf(target: { legendFormat?: string }, series: readonly Series[]): Line[] {
  return series.map(({ metric, values = [] }) => ({
    legend: (target.legendFormat ?? '').replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, name) => metric[name] ?? '',
    ),
    points: values.map(([at, value]) => [at, Number(value)] as const),
  }));
}

export function page(
  title: string,
  panels: readonly (readonly [Panel, readonly Line[]])[],
  range: Range,
): string {
  const bottom = Math.max(...panels.map(([{ gridPos }]) => gridPos.y + gridPos.h));
  const boxes = panels.map(([panel, lines]) => box(panel, lines, range)).join('\n');
  return `<!doctype html><meta charset="utf-8"><title>${plain(title)}</title><style>
body { margin: 12px; background: #111217; color: #ccccdc; font: 13px Inter, Roboto, "DejaVu Sans", sans-serif; width: ${24 * columnWidth}px; }
h1 { font-size: 18px; font-weight: 500; margin: 0 0 8px; }
main { position: relative; height: ${bottom * unitHeight}px; }
section { position: absolute; box-sizing: border-box; background: #181b1f; border: 1px solid #26292e; border-radius: 3px; padding: 6px 10px; overflow: hidden; }
section.row { background: none; border: none; font-size: 15px; padding: 8px 0; }
section b { font-weight: 500; display: block; }
.number { font-size: 34px; text-align: center; line-height: 90px; }
.none { text-align: center; color: #8e8e9a; padding-top: 50px; }
.legend { color: #a0a0ac; font-size: 11px; position: absolute; bottom: 5px; left: 10px; right: 10px; max-height: 30px; overflow: hidden; }
.legend i { display: inline-block; width: 12px; height: 3px; margin: 0 4px 3px 8px; }
</style><h1>${plain(title)}</h1><main>${boxes}</main>`;
}

function box(panel: Panel, lines: readonly Line[], range: Range): string {
  const { x, y, w, h } = panel.gridPos;
  const [width, height] = [w * columnWidth - 8, h * unitHeight - 8];
  const place = `left:${x * columnWidth}px;top:${y * unitHeight}px;width:${width}px;height:${height}px`;
  if (panel.type === 'row')
    return `<section class="row" style="${place}">${plain(panel.title)}</section>`;
  const drawn = lines.filter(({ points }) => points.some(([, value]) => Number.isFinite(value)));
  const none = `<div class="none">${plain(panel.fieldConfig?.defaults.noValue ?? 'No data')}</div>`;
  const content = drawn.length === 0 ? none : contentOf(panel, drawn, range, { width, height });
  return `<section style="${place}"><b>${plain(panel.title)}</b>${content}</section>`;
}

function contentOf(panel: Panel, lines: readonly Line[], range: Range, size: Size): string {
  const unit = panel.fieldConfig?.defaults.unit ?? 'short';
  if (panel.type === 'stat') return number(panel, lines, unit);
  const plot = { width: size.width - 20, height: size.height - 80 };
  if (panel.type === 'heatmap') return heatmap(lines, range, plot);
  return graph(panel, lines, range, plot) + legend(lines);
}

function number(panel: Panel, lines: readonly Line[], unit: string): string {
  const last = lines[0]?.points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? Number.NaN;
  const steps = panel.fieldConfig?.defaults.thresholds?.steps ?? [];
  const step = steps.findLast(({ value }) => value === null || last >= value);
  const colour = step?.color === 'red' ? '#f2495c' : '#73bf69';
  return `<div class="number" style="color:${colour}">${written(last, unit)}</div>`;
}

function legend(lines: readonly Line[]): string {
  const items = lines.map(
    (line, index) => `<i style="background:${colourOf(index)}"></i>${plain(line.legend)}`,
  );
  return `<div class="legend">${items.join('')}</div>`;
}

function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
