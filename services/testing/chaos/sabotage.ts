// Builds that are broken on purpose: each breaks one promise, wherever the code keeps it. A
// checker that calls any of them clean is worth nothing.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Verdict } from './check.ts';
import type { Fault } from './schedule.ts';

interface Edit {
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Sabotage {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What makes it show, over and over. */
  readonly faults: readonly Fault[];
  readonly everyMs: number;
  /** Where the verdict must say so: in at least one of these. */
  readonly shows: readonly (keyof Verdict)[];
}

export const sabotages: readonly Sabotage[] = [
  {
    name: 'complete is acknowledged before its commit',
    edits: [
      {
        file: 'gateway/routes/complete.ts',
        find: 'const { upload, changed } = await completeUpload(deps.db, id, pinned);',
        replace: `setTimeout(() => {
        void completeUpload(deps.db, id, pinned)
          .then(() => [deps.wake.dispatch(), deps.wake.events()], () => undefined);
      }, 500);
      const { upload, changed } = { upload: { ...seen, status: 'uploaded' as const }, changed: false };`,
      },
    ],
    faults: [
      { kind: 'kill-gateway', member: 0 },
      { kind: 'kill-gateway', member: 1 },
    ],
    everyMs: 2_500,
    shows: ['lost'],
  },
  {
    // Each of these alone is caught by the others.
    name: 'a claim holds without a fence',
    edits: [
      {
        file: 'core/ledger/tasks/task.ts',
        find: 'task.status === status && task.attempt',
        replace: "status === 'running' || task.status === status && task.attempt",
      },
      {
        file: 'core/ledger/tasks/record-pages.ts',
        find: " and status = 'waiting' returning number",
        replace: ' returning number',
      },
      {
        file: 'core/ledger/uploads/upload.ts',
        find: 'if (!canMove(upload.status, to))',
        replace: 'if (upload.status !== to && !canMove(upload.status, to))',
      },
      {
        file: 'worker/heartbeat.ts',
        find: 'deps.running.keepOnly(beat.held, asked);',
        replace: '',
      },
    ],
    faults: [
      { kind: 'pause-worker', member: 0, ms: 36_000 },
      { kind: 'pause-worker', member: 1, ms: 36_000 },
    ],
    everyMs: 1_000,
    shows: ['duplicated', 'unexpected', 'lost'],
  },
  {
    name: 'events are written after the transaction',
    edits: [
      {
        file: 'core/ledger/uploads/upload.ts',
        find: 'await recordEvent(tx, { uploadId: row.id, type, data: uploadEventData(row) });',
        replace: `const event = { uploadId: row.id, type, data: uploadEventData(row) };
  setTimeout(() => void recordEvent(tx, event).catch(() => undefined), 300);`,
      },
    ],
    faults: [
      { kind: 'kill-worker', member: 0 },
      { kind: 'kill-gateway', member: 0 },
      { kind: 'kill-worker', member: 1 },
      { kind: 'kill-gateway', member: 1 },
    ],
    everyMs: 2_000,
    shows: ['gaps'],
  },
  {
    name: 'a message delivered again takes the task, whoever holds it',
    edits: [
      {
        file: 'worker/work.ts',
        find: 'if (await answers(result.holder.workerId, deps)) return result;',
        replace: 'if (!delivery.redelivered) return result;',
      },
    ],
    faults: [
      { kind: 'blip', member: 'worker-0', target: 'broker' },
      { kind: 'blip', member: 'worker-1', target: 'broker' },
      { kind: 'blip', member: 'worker-2', target: 'broker' },
    ],
    everyMs: 3_000,
    shows: ['unexpected'],
  },
];

/** Folder of the broken `services`, and what removes it. */
export async function breakBuild({ edits }: Sabotage, repository: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-broken-'));
  for (const part of ['services', 'migrations', 'package.json']) {
    await cp(path.join(repository, part), path.join(folder, part), { recursive: true });
  }
  await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
  for (const { file, find, replace } of edits) {
    const target = path.join(folder, 'services', file);
    const source = await readFile(target, 'utf8');
    if (source.split(find).length !== 2) throw new Error(`${file} does not say once: ${find}`);
    await writeFile(
      target,
      source.replace(find, () => replace),
    );
  }
  return {
    services: path.join(folder, 'services'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
