// Lines over time, or areas upon each other.
import { ticks, written } from './numbers.ts';
import type { Line, Panel, Range } from './page.ts';
import { axes, colourOf, left, type Size, svg } from './plot.ts';

export function graph(
  panel: Panel,
  lines: readonly Line[],
  range: Range,
  { width, height }: Size,
): string {
  const { unit = 'short', max, custom } = panel.fieldConfig?.defaults ?? {};
  const stacked = custom?.stacking?.mode === 'normal';
  const layers = stacked
    ? stack(lines)
    : lines.map(({ points }) => points.map(([at, top]) => [at, 0, top] as const));
  const most = Math.max(...layers.flat().map(([, , top]) => (Number.isFinite(top) ? top : 0)));
  const marks = ticks(max ?? most, unit);
  const highest = marks.at(-1) ?? 1;
  const px = (at: number) => left + ((at - range.from) / (range.to - range.from)) * (width - left);
  const py = (value: number) => height - (Math.min(value, highest) / highest) * (height - 8);
  const shapes = layers.map((layer, index) => {
    const runs = unbroken(layer, range.step);
    const colour = colourOf(index);
    return runs
      .map((run) => {
        const top = run.map(([at, , value]) => `${px(at).toFixed(1)},${py(value).toFixed(1)}`);
        const under = run
          .toReversed()
          .map(([at, bottom]) => `${px(at).toFixed(1)},${py(bottom).toFixed(1)}`);
        const area = `<polygon points="${[...top, ...under].join(' ')}" fill="${colour}" fill-opacity="${stacked ? 0.6 : 0.08}"/>`;
        const line = `<polyline points="${top.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.6"/>`;
        return stacked ? area : area + line;
      })
      .join('');
  });
  const limit = limitOf(panel);
  const line =
    limit <= highest
      ? `<line x1="${left}" x2="${width}" y1="${py(limit)}" y2="${py(limit)}" stroke="#f2495c" stroke-dasharray="6 3"/>`
      : '';
  return svg(
    { width, height },
    axes(
      marks.map((mark) => [py(mark), written(mark, unit)]),
      range,
      { width, height },
    ) +
      shapes.join('') +
      line,
  );
}

type Layer = readonly (readonly [at: number, bottom: number, top: number])[];

function stack(lines: readonly Line[]): Layer[] {
  const sums = new Map<number, number>();
  return lines.map(({ points }) =>
    points.map(([at, value]) => {
      const bottom = sums.get(at) ?? 0;
      const top = bottom + (Number.isFinite(value) ? value : 0);
      sums.set(at, top);
      return [at, bottom, top] as const;
    }),
  );
}

/** Where samples are missing a line is broken, as in Grafana. */
function unbroken(layer: Layer, step: number): Layer[] {
  const runs: (readonly [number, number, number])[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of layer) {
    if (!Number.isFinite(point[2])) continue;
    if (point[0] - before > 1.5 * step) runs.push([]);
    runs.at(-1)?.push(point);
    before = point[0];
  }
  return runs;
}

/** Where it turns red. */
function limitOf(panel: Panel): number {
  return panel.fieldConfig?.defaults.thresholds?.steps.at(-1)?.value ?? Number.POSITIVE_INFINITY;
}
