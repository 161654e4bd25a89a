// The few kinds of panel that our dashboards are made of. Each says in its description what a person should
// read from it.
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { datasource } from './variables.ts';

/** Of Grafana's units: `s`, `bytes`, `percentunit`, `short` (a number), `ops` (per second). */
type Unit = 's' | 'bytes' | 'percentunit' | 'short' | 'ops';

interface Panel {
  readonly title: string;
  readonly says: string;
  readonly unit: Unit;
  /** Of 24 columns. */
  readonly width: number;
  readonly noValue?: string;
}

/** Legends by their expression: `{{pod}}` names a label's value. */
export type Lines = Readonly<Record<string, string>>;

export interface Graph extends Panel {
  readonly lines: Lines;
  /** Lines lie upon each other: their sum is meant. */
  readonly stacked?: true;
  /** From here on it is wrong: drawn as a line. */
  readonly limit?: number;
  /** Of the axis. */
  readonly max?: number;
}

export function graph({ lines, stacked, limit, max, ...panel }: Graph): GraphBuilder {
  const builder = new GraphBuilder()
    .title(panel.title)
    .description(panel.says)
    .unit(panel.unit)
    .span(panel.width)
    .height(8)
    .datasource(datasource)
    .min(0)
    .lineWidth(stacked ? 0 : 2)
    .fillOpacity(stacked ? 60 : 8)
    .showPoints(VisibilityMode.Never)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).showLegend(true))
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
  if (panel.noValue) builder.noValue(panel.noValue);
  if (max !== undefined) builder.max(max);
  if (stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (limit !== undefined) {
    const line = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line);
    builder.thresholds(turnsRedAt(limit)).thresholdsStyle(line);
  }
  for (const [legend, expr] of Object.entries(lines)) {
    builder.withTarget(new DataqueryBuilder().expr(expr).legendFormat(legend).range());
  }
  return builder;
}

export interface Stat extends Panel {
  readonly expr: string;
  /** From here on it is red. */
  readonly limit?: number;
  /** Below it is red. */
  readonly atLeast?: number;
  readonly decimals?: number;
}

/** One number: the last value. */
export function stat({ expr, limit, atLeast, decimals, ...panel }: Stat): StatBuilder {
  const builder = new StatBuilder()
    .title(panel.title)
    .description(panel.says)
    .unit(panel.unit)
    .span(panel.width)
    .height(4)
    .datasource(datasource)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .withTarget(new DataqueryBuilder().expr(expr).range());
  if (panel.noValue) builder.noValue(panel.noValue);
  if (decimals !== undefined) builder.decimals(decimals);
  if (limit !== undefined) builder.thresholds(turnsRedAt(limit));
  if (atLeast !== undefined) builder.thresholds(turns('red', 'green', atLeast));
  return builder;
}

/** How often which duration: `expr` is a rate of a histogram's buckets by `le`. */
export function heatmap({ expr, ...panel }: Panel & { readonly expr: string }): HeatmapBuilder {
  return new HeatmapBuilder()
    .title(panel.title)
    .description(panel.says)
    .unit(panel.unit)
    .span(panel.width)
    .height(8)
    .datasource(datasource)
    .calculate(false)
    .withTarget(
      new DataqueryBuilder()
        .expr(expr)
        .legendFormat('{{le}}')
        .format(PromQueryFormat.Heatmap)
        .range(),
    );
}

function turnsRedAt(limit: number): ThresholdsConfigBuilder {
  return turns('green', 'red', limit);
}

function turns(from: string, to: string, at: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: from },
    { value: at, color: to },
  ]);
}
