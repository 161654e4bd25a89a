// Built on what the recording rules keep (charts/cricksy-ocr/recording), so it needs them.
import { readLimits } from '../rules.ts';
import { dashboard } from './dashboard.ts';
import { graph, heatmap, stat } from './panels.ts';
import { release } from './variables.ts';

const slow = (window: string) => `cricksy_ocr:time_to_parsed_slow:ratio_rate${window}{${release}}`;
const objective = `cricksy_ocr:time_to_parsed:objective{${release}}`;
const promised = `cricksy_ocr:time_to_parsed:promised_seconds{${release}}`;
/** How many times faster than allowed the budget is used; 1: it lasts exactly. */
const burn = (window: string) => `${slow(window)} / (1 - ${objective})`;
const rules = 'needs the recording rules';

const budget = [
  stat({
    title: 'Promised within',
    says: 'From complete to readable words: values monitoring.rules.limits.sloSeconds.',
    unit: 's',
    width: 5,
    noValue: rules,
    expr: `max(${promised})`,
  }),
  stat({
    title: 'Of all uploads',
    says: 'Values monitoring.rules.limits.sloObjective.',
    unit: 'percentunit',
    width: 5,
    decimals: 1,
    noValue: rules,
    expr: `max(${objective})`,
  }),
  ...(['6h', '30d'] as const).map((window) =>
    stat({
      title: `Kept, ${window.replace(/(?=[hd])/, ' ')}`,
      says: 'Share of uploads read in time.',
      unit: 'percentunit',
      width: 5,
      decimals: 2,
      atLeast: readLimits().sloObjective,
      noValue: 'none read',
      expr: `1 - max(${slow(window)})`,
    }),
  ),
  stat({
    title: 'Budget left, 30 d',
    says: 'Share of late uploads that is still allowed. Below 0: more were late than promised.',
    unit: 'percentunit',
    width: 4,
    decimals: 0,
    atLeast: 0,
    noValue: 'none read',
    expr: `1 - max(${burn('30d')})`,
  }),
];

const burning = [
  graph({
    title: 'Burn rate, quick',
    says: 'Above 14.4 over 1 h and 5 min, or 6 over 6 h and 30 min: CricksyBudgetBurnsFast. At 14.4 the budget of 30 days is gone in two.',
    unit: 'short',
    width: 12,
    limit: 14.4,
    lines: Object.fromEntries(
      ['5m', '30m', '1h', '6h'].map((one) => [`{{release}} ${one}`, burn(one)]),
    ),
  }),
  graph({
    title: 'Burn rate, slow',
    says: 'Above 3 over 1 d and 2 h, or 1 over 3 d and 6 h: CricksyBudgetBurnsSlowly.',
    unit: 'short',
    width: 12,
    limit: 3,
    lines: Object.fromEntries(
      ['2h', '6h', '1d', '3d'].map((one) => [`{{release}} ${one}`, burn(one)]),
    ),
  }),
  graph({
    title: 'Late uploads',
    says: 'Share of those read within the last 5 min.',
    unit: 'percentunit',
    width: 12,
    max: 1,
    noValue: 'none read',
    lines: { '{{release}}': slow('5m') },
  }),
  heatmap({
    title: 'Time to parsed, how often',
    says: 'What is late, and by how much.',
    unit: 's',
    width: 12,
    expr: `sum by (le) (increase(cricksy_ocr_time_to_parsed_seconds_bucket{${release}}[$__rate_interval]))`,
  }),
];

export const slo = dashboard({
  uid: 'cricksy-ocr-slo',
  title: 'SLO',
  asks: 'Do we keep what we promise about the time until an upload can be read?',
  rows: { 'What is promised': budget, 'How fast the budget is used': burning },
});
