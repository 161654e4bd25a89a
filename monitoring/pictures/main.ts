// Draws the dashboards from real runs into docs/pictures: `make pictures`, ONLY=overview,slo some of them.
// PROMETHEUS=http://... MINUTES=30 draws what that one has seen instead. Needs Chromium (CHROMIUM=), and for the
// autoscaler a cluster.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../generated.ts';
import { chart } from '../rules.ts';
import { asAsked } from '../testing/expressions.ts';
import { askPrometheus, type Prometheus } from '../testing/prometheus.ts';
import { matchDay } from './match-day.ts';
import { linesOf, type Panel, page, type Range } from './page.ts';
import { scalingDay } from './scaling-day.ts';

const points = 240;

async function draw(name: string, prometheus: Pick<Prometheus, 'queryRange'>, range: Range) {
  const text = readFileSync(path.join(chart, `dashboards/${name}.json`), 'utf8');
  const { title, panels } = JSON.parse(text) as { title: string; panels: Panel[] };
  const drawn = await Promise.all(
    panels.map(async (panel) => {
      const lines = (panel.targets ?? []).map(async (target) =>
        linesOf(target, await prometheus.queryRange(asAsked(target.expr), range)),
      );
      return [panel, (await Promise.all(lines)).flat()] as const;
    }),
  );
  const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-picture-'));
  const html = path.join(folder, `${name}.html`);
  writeFileSync(html, page(title, drawn, range));
  const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  await promisify(execFile)(process.env['CHROMIUM'] ?? 'chromium', [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    `--user-data-dir=${folder}`,
    `--window-size=1512,${bottom * 38 + 60}`,
    `--screenshot=${path.join(root, `docs/pictures/${name}.png`)}`,
    `file://${html}`,
  ]);
  rmSync(folder, { recursive: true });
}

const days = [
  { names: ['autoscaler'], live: scalingDay },
  { names: ['overview', 'workers', 'slo'], live: matchDay },
];
const given = process.env['PROMETHEUS'];
const only = process.env['ONLY']?.split(',');
for (const { names, live } of days) {
  const wanted = names.filter((name) => !only || only.includes(name));
  if (wanted.length === 0) continue;
  const run = given ? undefined : await live();
  const to = Math.floor(Date.now() / 1_000);
  const from = run?.startedAt ?? to - 60 * Number(process.env['MINUTES'] ?? 30);
  const range = { from, to, step: Math.ceil((to - from) / points) };
  try {
    for (const name of wanted)
      await draw(name, run?.prometheus ?? askPrometheus(given ?? ''), range);
  } finally {
    await run?.drop();
  }
}
