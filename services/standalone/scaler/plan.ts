// What to do next with the worker processes, from what is; nothing is remembered. Pure, so that every
// case is a line of a table. A process is ended only when it is drained: then it holds nothing
// and claims nothing, so that no work is ever lost to it.

/** A process that runs or starts. */
export interface WorkerProcess {
  readonly name: string;
  /** What the ledger says of it; undefined: it is starting. */
  readonly seen:
    | {
        /** Tasks that it holds. */
        readonly busy: number;
        readonly drained: boolean;
        readonly drainedBy: 'nobody' | 'us' | 'others';
        readonly startedMs: number;
      }
    | undefined;
}

/** By names. */
export interface Steps {
  readonly undrain: readonly string[];
  readonly start: number;
  readonly drain: readonly string[];
  readonly end: readonly string[];
}

export function plan(processes: readonly WorkerProcess[], wanted: number): Steps {
  const leaving = processes.filter(({ seen }) => seen?.drainedBy === 'us');
  const staying = processes.length - leaving.length;
  const missing = wanted - staying;
  // One that is drained is there at once; another one would have to start first.
  const undrain = leaving.slice(0, Math.max(0, missing));
  const end = missing > 0 ? [] : leaving.filter(({ seen }) => seen?.drained);
  return {
    undrain: undrain.map(nameOf),
    start: Math.max(0, missing - undrain.length),
    drain: idlest(processes).slice(0, Math.max(0, -missing)).map(nameOf),
    end: end.map(nameOf),
  };
}

/** Of those that may be drained; of equals the youngest, which has learned and cached least. */
function idlest(processes: readonly WorkerProcess[]): WorkerProcess[] {
  return processes
    .filter(({ seen }) => seen?.drainedBy === 'nobody')
    .toSorted(
      ({ seen: a }, { seen: b }) =>
        (a?.busy ?? 0) - (b?.busy ?? 0) || (b?.startedMs ?? 0) - (a?.startedMs ?? 0),
    );
}

function nameOf({ name }: WorkerProcess): string {
  return name;
}
