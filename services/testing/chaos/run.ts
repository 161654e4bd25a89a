// One run: the texts without any fault, then clients and faults at once, then everything is
// healed, comes to rest and is judged.
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePosition } from '#core/domain/cursor.ts';
import { isClean, judge, type Verdict } from './check.ts';
import { type ClientOptions, type Job, runClient } from './clients.ts';
import type { ClientRecord, Evidence } from './evidence.ts';
import { type Campaign, inject } from './faults.ts';
import { gather } from './gather.ts';
import { startListener } from './listener.ts';
import { pick, type Random, seeded } from './random.ts';
import { handovers, recoveries, renderSchedule, renderVerdict } from './report.ts';
import { loadSamples, type Sample } from './samples.ts';
import type { Planned } from './schedule.ts';
import type { World } from './world.ts';

export interface RunOptions {
  readonly seed: number;
  readonly plan: readonly Planned[];
  readonly uploads: number;
  /** Over which the uploads are spread. */
  readonly durationMs: number;
  /** One line or more at a time. */
  readonly print: (text: string) => void;
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  readonly campaign: Campaign;
}

const listeners = 4;
/** With everything healed and no task done for so long, none will be: a lease and backoffs fit into it. */
const restMs = 90_000;

export async function runChaos(world: World, options: RunOptions): Promise<Outcome> {
  const { seed, plan, print } = options;
  const random = seeded(seed);
  const samples = loadSamples();
  print(renderSchedule(seed, plan));
  const baseline = await readWithoutFaults(samples, world, random);
  const expected = new Map(
    baseline.uploads.map((upload) => [upload.key.replace('plain-', ''), upload.text ?? '']),
  );
  const ears = Array.from({ length: listeners }, (_, index) =>
    startListener({
      name: `listener-${index}`,
      gateways: world.urls,
      cursor: encodePosition(0),
      random,
    }),
  );
  const deadline = performance.now() + options.durationMs + restMs;
  const clientOptions = { gateways: world.urls, random, deadline };
  const jobs = planJobs(options, samples, random);
  const [clients, campaign] = await Promise.all([
    spread(jobs, options.durationMs, clientOptions),
    inject(plan, world),
  ]);
  await rest(world, () => Math.min(...ears.map((ear) => ear.position())));
  const evidence = await gather({
    db: world.db,
    api: world.urls[0] ?? '',
    objectKeys: () => world.objectKeys(),
    clients: [...baseline.clients, ...clients],
    listeners: ears.map((ear) => ear.record),
    excuses: campaign.excuses,
    expected,
  });
  await Promise.all(ears.map((ear) => ear.stop()));
  const verdict = judge(evidence);
  const { injected } = campaign;
  const { attempts } = evidence;
  print(renderVerdict(verdict, recoveries(injected, attempts), handovers(injected, attempts)));
  if (!isClean(verdict)) print(world.output());
  return { verdict, evidence, campaign };
}

async function readWithoutFaults(samples: readonly Sample[], world: World, random: Random) {
  const options = { gateways: world.urls, random, deadline: performance.now() + restMs };
  const plain = { vanishAfter: undefined, applies: true, impatient: false };
  const jobs = samples.map((sample) => ({ key: `plain-${sample.name}`, sample, ...plain }));
  const clients = await Promise.all(jobs.map((job) => runClient(job, options)));
  const { uploads } = await gather({
    db: world.db,
    api: world.urls[0] ?? '',
    objectKeys: async () => [],
    clients,
    listeners: [],
    excuses: [],
    expected: new Map(),
  });
  return { clients, uploads };
}

const stepsToVanishAfter = ['initiate', 'half-put', 'put', 'complete'] as const;

function planJobs(
  { uploads, seed }: RunOptions,
  samples: readonly Sample[],
  random: Random,
): Job[] {
  const weighted = samples.flatMap((sample) => new Array<Sample>(sample.weight).fill(sample));
  return Array.from({ length: uploads }, (_, index) => ({
    key: `${seed}-${index}`,
    sample: pick(weighted, random),
    vanishAfter: random() < 0.1 ? pick(stepsToVanishAfter, random) : undefined,
    applies: random() < 0.5,
    impatient: random() < 0.2,
  }));
}

async function spread(
  jobs: readonly Job[],
  durationMs: number,
  options: ClientOptions,
): Promise<ClientRecord[]> {
  return Promise.all(
    jobs.map(async (job, index) => {
      await sleep((index / jobs.length) * durationMs);
      return runClient(job, options);
    }),
  );
}

/** Until nothing is open any more and every listener has heard the last event; or nothing moves. */
async function rest(world: World, heard: () => number): Promise<void> {
  let before = '';
  let movedAt = performance.now();
  while (performance.now() - movedAt < restMs) {
    const [state] = await world.db.query<{ open: boolean; last: number; ended: number }>(
      `select exists (select from tasks where status in ('waiting', 'dispatched', 'running'))
           or exists (select from uploads where status in ('uploaded', 'processing'))
           or exists (select from events where position is null) as open,
              (select last_position from event_log) as last,
              (select count(*)::int from attempts where outcome = 'done') as ended`,
    );
    if (state && !state.open && heard() >= state.last) return;
    // What is tried again and again tells events, too: that is not getting on.
    const now = `${state?.ended} ${state?.open ? '' : heard()}`;
    if (now !== before) movedAt = performance.now();
    before = now;
    await sleep(250);
  }
}
