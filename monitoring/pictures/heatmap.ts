// How often which duration, from the buckets of a histogram.
import { written } from './numbers.ts';
import type { Line, Range } from './page.ts';
import { axes, left, type Size, svg } from './plot.ts';

/** Of cumulative buckets, which Grafana takes apart too. */
export function heatmap(lines: readonly Line[], range: Range, { width, height }: Size): string {
  const rows = lines
    .map(({ legend: bound, points }) => ({
      bound: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
      counts: new Map(points),
    }))
    .sort((a, b) => a.bound - b.bound);
  const rowHeight = (height - 8) / rows.length;
  const cellWidth = ((width - left) * range.step) / (range.to - range.from);
  const cells = rows.flatMap(({ counts }, index) =>
    [...counts].map(([at, count]) => ({
      at,
      index,
      count: count - (rows[index - 1]?.counts.get(at) ?? 0),
    })),
  );
  const most = Math.max(...cells.map(({ count }) => count), 1e-9);
  const drawn = cells
    .filter(({ count }) => count > 1e-9)
    .map(({ at, index, count }) => {
      const x = left + ((at - range.from) / (range.to - range.from)) * (width - left) - cellWidth;
      const y = height - (index + 1) * rowHeight;
      return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${cellWidth.toFixed(1)}" height="${(rowHeight - 1).toFixed(1)}" fill="#ff780a" fill-opacity="${(0.15 + (0.85 * count) / most).toFixed(2)}"/>`;
    });
  const marks = rows.map(
    ({ bound }, index) =>
      [
        height - (index + 0.5) * rowHeight,
        Number.isFinite(bound) ? written(bound, 's') : 'more',
      ] as const,
  );
  return svg(
    { width, height },
    axes(
      marks.filter((_, index) => index % 2 === 0),
      range,
      { width, height },
    ) + drawn.join(''),
  );
}
