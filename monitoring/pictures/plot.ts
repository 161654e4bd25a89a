// What graphs and heatmaps share: their place, axes and colours.
import type { Range } from './page.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where the axis of values stands. */
export const left = 62;

const colours = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#b877d9',
  '#5794f2',
  '#ffa6b0',
  '#96d98d',
  '#c4c4c4',
];
export const colourOf = (index: number) => colours[index % colours.length] ?? '#fff';

export function axes(
  marks: readonly (readonly [number, string])[],
  range: Range,
  { width, height }: Size,
): string {
  const across = marks.map(
    ([y, text]) =>
      `<line x1="${left}" x2="${width}" y1="${y}" y2="${y}" stroke="#2b2e33"/><text x="${left - 6}" y="${y + 4}" text-anchor="end" fill="#a0a0ac" font-size="11">${text}</text>`,
  );
  const times = [0, 1, 2, 3, 4].map((n) => range.from + ((n + 0.5) * (range.to - range.from)) / 5);
  const down = times.map((at) => {
    const x = left + ((at - range.from) / (range.to - range.from)) * (width - left);
    const time = new Date(at * 1_000).toISOString().slice(11, 16);
    return `<text x="${x}" y="${height + 16}" text-anchor="middle" fill="#a0a0ac" font-size="11">${time}</text>`;
  });
  return [...across, ...down].join('');
}

export function svg({ width, height }: Size, content: string): string {
  return `<svg width="${width}" height="${height + 20}" style="display:block">${content}</svg>`;
}
