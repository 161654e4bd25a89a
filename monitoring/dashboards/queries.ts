// The shapes that a question takes in PromQL. See docs/metrics.md for what is exported by whom.
import { pool, release } from './variables.ts';

const interval = '[$__rate_interval]';

/** What one gateway of all exports: the same number from whoever was elected. */
export function elected(metric: string, by: string, matchers = release): string {
  return `max by (${by}) (${metric}{${matchers}})`;
}

/** Per second, over all processes; absent labels of `by` make one line. */
export function perSecond(metric: string, by: string, matchers = release): string {
  return `sum by (${by}) (rate(${metric}{${matchers}}${interval}))`;
}

export function quantile(q: number, histogram: string, by: string, matchers = release): string {
  const labels = by ? `le, ${by}` : 'le';
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket{${matchers}}${interval})))`;
}

export function mean(histogram: string, by: string, matchers = release): string {
  return `${perSecond(`${histogram}_sum`, by, matchers)} / ${perSecond(`${histogram}_count`, by, matchers)}`;
}

export function quantiles(histogram: string, matchers = release): Record<string, string> {
  return {
    median: quantile(0.5, histogram, '', matchers),
    '90 of 100': quantile(0.9, histogram, '', matchers),
    '99 of 100': quantile(0.99, histogram, '', matchers),
  };
}

/** More matchers for a pool's series. */
export function ofPool(...matchers: readonly string[]): string {
  return [pool, ...matchers].join(',');
}
export function ofRelease(...matchers: readonly string[]): string {
  return [release, ...matchers].join(',');
}
