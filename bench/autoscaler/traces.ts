// What arrives when. What pages take follows what was measured of the engine on one core: a part
// for each page, a part for each megapixel, and noise that no scaler can know.
import type { Random } from './random.ts';

export interface Page {
  readonly megapixels: number;
  /** Of a slot. */
  readonly seconds: number;
}

export interface Upload {
  readonly atSeconds: number;
  readonly pages: readonly Page[];
}

export interface Trace {
  readonly name: string;
  readonly what: string;
  readonly seconds: number;
  /** Of the pool. */
  readonly min: number;
  arrivals(random: Random): Upload[];
}

const hour = 3600;

export const traces: readonly Trace[] = [
  {
    name: 'steady',
    what: '4 photos a second for an hour',
    seconds: hour,
    min: 1,
    arrivals: (random) => photos(random, hour, () => 4),
  },
  {
    name: 'burst',
    what: 'three bursts of 300 photos within 10 s on an empty pool, 20 minutes apart',
    seconds: hour,
    min: 0,
    arrivals: (random) =>
      [60, 60 + hour / 3, 60 + (2 * hour) / 3].flatMap((start) =>
        Array.from({ length: 300 }, () => photo(random, start + random.between(0, 10))),
      ),
  },
  {
    name: 'diurnal',
    what: 'a day from 0.05 photos a second at night to 5 at its height',
    seconds: 24 * hour,
    min: 1,
    arrivals: (random) =>
      photos(random, 24 * hour, (at) => {
        const height = (1 - Math.cos((2 * Math.PI * at) / (24 * hour))) / 2;
        return 0.05 + 4.95 * height ** 2;
      }),
  },
  {
    name: 'long-pdf',
    what: 'one photo a second for an hour, after ten minutes a PDF of 500 pages among them',
    seconds: hour,
    min: 1,
    arrivals: (random) => {
      const pages = Array.from({ length: 500 }, () => page(random, random.between(7, 9)));
      return [...photos(random, hour, () => 1), { atSeconds: hour / 6, pages }];
    },
  },
  {
    name: 'heavy-tail',
    what: '1.5 photos a second for an hour, of which a few take minutes and look like the others',
    seconds: hour,
    min: 1,
    arrivals: (random) =>
      photos(random, hour, () => 1.5).map(({ atSeconds, pages }) => ({
        atSeconds,
        pages: pages.map(({ megapixels }) => ({
          megapixels,
          seconds: Math.min(300, random.pareto(0.6, 1.3)),
        })),
      })),
  },
];

/** Arrivals that know nothing of each other, at a rate that changes with time. */
function photos(random: Random, seconds: number, perSecond: (at: number) => number): Upload[] {
  const uploads: Upload[] = [];
  let most = 0;
  for (let at = 0; at <= seconds; at += 60) most = Math.max(most, perSecond(at));
  for (let at = random.exponential(1 / most); at < seconds; at += random.exponential(1 / most)) {
    if (random.next() < perSecond(at) / most) uploads.push(photo(random, at));
  }
  return uploads;
}

function photo(random: Random, atSeconds: number): Upload {
  return { atSeconds, pages: [page(random, random.between(2, 12))] };
}

function page(random: Random, megapixels: number): Page {
  return { megapixels, seconds: (0.2 + 0.13 * megapixels) * random.lognormal(1, 0.3) };
}
