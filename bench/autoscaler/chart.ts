// The course of one run for each scaler, as SVG: pods above, waiting tasks below.
import type { Sample } from './simulate.ts';

export interface Course {
  readonly name: string;
  readonly samples: readonly Sample[];
}

const size = { width: 900, height: 420, left: 60, right: 20, top: 50, panel: 145, gap: 45 };
const colours = ['#0a6e4f', '#d1495b', '#3b6fb6'];
/** So many points at most: of what lies between, the highest is drawn. */
const points = 400;

export function draw(title: string, courses: readonly Course[]): string {
  const seconds = Math.max(...courses.flatMap(({ samples }) => samples.map((one) => one.at)));
  const below = size.top + size.panel + size.gap;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${size.left}" y="20" font-size="14">${title}</text>`,
    ...courses.map(({ name }, i) => legend(name, i)),
    ...panel('pods', size.top, seconds, courses, (one) => one.pods),
    ...panel('waiting tasks', below, seconds, courses, (one) => one.waiting),
    `<text x="${size.left}" y="${size.height - 8}">0</text>`,
    `<text x="${size.width - size.right}" y="${size.height - 8}" text-anchor="end">${(seconds / 3600).toFixed(2)} h</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function legend(name: string, i: number): string {
  const x = size.width - size.right - 160 * (i + 1);
  return `<rect x="${x}" y="26" width="12" height="12" fill="${colours[i]}"/><text x="${x + 18}" y="36">${name}</text>`;
}

function panel(
  label: string,
  top: number,
  seconds: number,
  courses: readonly Course[],
  value: (one: Sample) => number,
): string[] {
  const most = Math.max(1, ...courses.flatMap(({ samples }) => samples.map(value)));
  const bottom = top + size.panel;
  const right = size.width - size.right;
  const line = ({ samples }: Course, i: number) => {
    const path = thin(samples, value).map(([at, height]) => {
      const x = size.left + ((right - size.left) * at) / seconds;
      return `${x.toFixed(1)},${(bottom - (size.panel * height) / most).toFixed(1)}`;
    });
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${colours[i]}" stroke-width="1.5"/>`;
  };
  return [
    `<path d="M${size.left},${top}V${bottom}H${right}" fill="none" stroke="#888"/>`,
    `<text x="${size.left - 6}" y="${top + 10}" text-anchor="end">${most}</text>`,
    `<text x="${size.left - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<text x="${size.left + 6}" y="${top - 6}">${label}</text>`,
    // Ours last, so that it lies on top.
    ...courses.map(line).toReversed(),
  ];
}

function thin(samples: readonly Sample[], value: (one: Sample) => number): [number, number][] {
  const step = Math.ceil(samples.length / points);
  const bins: [number, number][] = [];
  for (let from = 0; from < samples.length; from += step) {
    const bin = samples.slice(from, from + step);
    bins.push([bin[0]?.at ?? 0, Math.max(...bin.map(value))]);
  }
  return bins;
}
