// What doctor makes of the answers of a server: one finding for each part, and how to mend it.
import type { z } from 'zod';
import type { healthAnswer, SwitchEntry, workersAnswer } from '#core/operation-messages.ts';

export interface Finding {
  readonly part: string;
  readonly ok: boolean;
  readonly says: string;
  /** What to do, when it is not ok. */
  readonly mend?: string;
}

export interface Answers {
  readonly health: z.infer<typeof healthAnswer>;
  readonly workers: z.infer<typeof workersAnswer>['workers'];
  /** How many of them answered when they were asked. */
  readonly replies: number;
  /** Of this command line. */
  readonly version: string;
}

const mends = {
  database: 'is PostgreSQL running, and right in DATABASE_URL of the gateway? Its log says more',
  broker: 'is the broker running, and its URL right in the gateway and the workers?',
  objects: 'can the gateway reach and write the object store? See its log',
} as const;

export function diagnose(answers: Answers): Finding[] {
  const { health } = answers;
  return [
    findVersion(answers),
    ...(['database', 'broker', 'objects'] as const).map((part) => findPart(part, health[part])),
    findWorkers(answers),
    findEngine(answers),
    findDepth(health),
    findSwitches(health),
  ];
}

function findVersion({ health, version }: Answers): Finding {
  const part = 'version';
  if (health.version === version) return good(part, version);
  return bad(part, `the server has ${health.version}, this is ${version}`, 'use the same of both');
}

function findPart(
  part: keyof typeof mends,
  { ok, ms, error }: Answers['health']['database'],
): Finding {
  if (ok) return good(part, `answers in ${ms} ms`);
  return bad(part, `does not answer: ${error}`, mends[part]);
}

function findWorkers({ workers, replies }: Answers): Finding {
  const part = 'workers';
  const active = workers.filter(({ state }) => state === 'active');
  const slots = active.reduce((sum, worker) => sum + worker.slots, 0);
  if (workers.length === 0) {
    return bad(part, 'none is alive', "start one: 'make run', or services/worker/main.ts");
  }
  if (active.length === 0) {
    const owners = [...new Set(workers.map((worker) => worker.drain_owner ?? 'nobody'))];
    return bad(
      part,
      `all are drained by ${owners.join(', ')}`,
      `cricksy-ocr undrain ${workers[0]?.name}`,
    );
  }
  if (replies < active.length) {
    const silent = `${replies} of ${active.length} answer`;
    return bad(part, silent, 'is the broker the same for the gateway and the workers?');
  }
  return good(part, `${active.length} alive with ${slots} slots`);
}

function findEngine({ workers }: Answers): Finding {
  const engines = new Set(workers.map(({ engine }) => engine));
  if (workers.length === 0) return bad('engine', 'not known without a worker', 'start a worker');
  if (engines.has(null)) {
    return bad('engine', 'a worker has none', "'bin/setup' where it runs says what is missing");
  }
  return good('engine', [...engines].join(', '));
}

function findDepth({ depth, workers, switches }: Answers['health']): Finding {
  const part = 'depth';
  if (!depth) return bad(part, 'cannot be read', mends.database);
  const { waiting, dispatched, running } = depth;
  const says = `${waiting} waiting, ${dispatched} dispatched, ${running} being read`;
  const stuck = waiting > 0 && running + dispatched === 0 && (workers?.active ?? 0) > 0;
  const paused = switches.some(({ feature, allowed, on }) => feature === 'ocr' && !(allowed && on));
  if (stuck && !paused) return bad(part, says, 'nothing is dispatched: see the log of the gateway');
  return good(part, says);
}

function findSwitches({ switches }: Answers['health']): Finding {
  const off = switches.filter(({ allowed, on }) => !allowed || !on);
  if (off.length === 0) return good('switches', 'uploads and OCR are on');
  return bad('switches', `off: ${off.map(nameSwitch).join(', ')}`, mendSwitch(off));
}

function nameSwitch({ feature, pool, allowed, changed_by, reason }: SwitchEntry): string {
  if (!allowed) return `${feature}, by the setting CRICKSY_ENABLE_${feature.toUpperCase()}`;
  const what = pool === null ? feature : `${feature} of the pool ${pool}`;
  return `${what}, by ${changed_by}${reason === null ? '' : ` (${reason})`}`;
}

function mendSwitch([first]: readonly SwitchEntry[]): string {
  if (!first?.allowed) return 'switch it on in the settings of the gateways';
  if (first.pool !== null) return `cricksy-ocr resume ${first.pool}`;
  return `cricksy-ocr switch ${first.feature} on`;
}

function good(part: string, says: string): Finding {
  return { part, ok: true, says };
}

function bad(part: string, says: string, mend: string): Finding {
  return { part, ok: false, says, mend };
}
