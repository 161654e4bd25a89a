// `make chaos`: a run of faults on real parts, and its ledger. SEED= repeats one, MINUTES= makes
// it longer, UPLOADS= more. `make chaos-broken`: the same on builds that are broken on purpose,
// each of which the checker must not call clean; BROKEN=fence runs the ones of that name.
import { isClean, type Verdict } from './check.ts';
import { seeded } from './random.ts';
import { runChaos } from './run.ts';
import { breakBuild, type Sabotage, sabotages } from './sabotage.ts';
import { type Planned, planFaults } from './schedule.ts';
import { createWorld } from './world.ts';

const members = { gateways: 2, workers: 3 };
const repository = new URL('../../..', import.meta.url).pathname;
const numberFrom = (name: string, otherwise: number) => Number(process.env[name] || otherwise);
const seed = numberFrom('SEED', Math.floor(Math.random() * 1e6));
const print = (text: string) => void process.stdout.write(`${text}\n`);

async function run(plan: readonly Planned[], durationMs: number, services?: string) {
  const world = await createWorld(members, services);
  const uploads = numberFrom('UPLOADS', Math.round(durationMs / 600));
  try {
    return (await runChaos(world, { seed, plan, uploads, durationMs, print })).verdict;
  } finally {
    await world.close();
  }
}

/** Through the wake of a zombie, whose lease must end while everybody else goes on. */
const brokenMs = 45_000;

async function runBroken(sabotage: Sabotage): Promise<boolean> {
  const plan: Planned[] = [];
  for (let at = 2_000; at < brokenMs; at += sabotage.everyMs) {
    const fault = sabotage.faults[plan.length % sabotage.faults.length];
    // A worker is paused once: a second time would only shorten the first.
    if (fault && (fault.kind !== 'pause-worker' || plan.length < sabotage.faults.length)) {
      plan.push({ atMs: at, fault });
    }
  }
  print(`\n=== as it is, under the faults of: ${sabotage.name}`);
  const healthy = await run(plan, brokenMs);
  print(`\n=== broken: ${sabotage.name}`);
  const build = await breakBuild(sabotage, repository);
  const broken = await run(plan, brokenMs, build.services).finally(build.remove);
  const seen = sabotage.shows.filter((kind) => countOf(broken, kind) > 0);
  const passed = isClean(healthy) && seen.length > 0;
  print(`=== ${passed ? 'seen' : 'NOT SEEN'}: ${sabotage.name}: ${seen.join(', ') || 'clean'}`);
  return passed;
}

function countOf(verdict: Verdict, kind: keyof Verdict): number {
  const value = verdict[kind];
  return typeof value === 'number' ? value : value.length;
}

const wanted = process.env['BROKEN'];
if (wanted !== undefined) {
  const results: boolean[] = [];
  const chosen = sabotages.filter((one) => one.name.includes(wanted));
  for (const sabotage of chosen) results.push(await runBroken(sabotage));
  process.exitCode = results.length > 0 && results.every(Boolean) ? 0 : 1;
} else {
  const durationMs = numberFrom('MINUTES', 3) * 60_000;
  const verdict = await run(planFaults(durationMs, members, seeded(seed)), durationMs);
  process.exitCode = isClean(verdict) ? 0 : 1;
}
