// Virtual time: what is to happen, in the order of its moments, those of one moment in the order
// in which they were entered.

export interface Agenda {
  /** Seconds since the start. */
  now(): number;
  in(seconds: number, action: () => void): void;
  /** Until nothing is left before that moment. */
  runUntil(seconds: number): void;
}

interface Entry {
  readonly at: number;
  readonly number: number;
  readonly action: () => void;
}

export function createAgenda(): Agenda {
  const heap: Entry[] = [];
  let now = 0;
  let entered = 0;
  return {
    now: () => now,
    in(seconds, action) {
      push(heap, { at: now + Math.max(0, seconds), number: entered++, action });
    },
    runUntil(seconds) {
      for (let first = heap[0]; first && first.at <= seconds; first = heap[0]) {
        pop(heap);
        now = first.at;
        first.action();
      }
      now = seconds;
    },
  };
}

function comesBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  while (at > 0) {
    const up = (at - 1) >> 1;
    const parent = heap[up] as Entry;
    if (!comesBefore(entry, parent)) break;
    heap[at] = parent;
    at = up;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let down = 2 * at + 1;
    const right = heap[down + 1];
    if (right && comesBefore(right, heap[down] as Entry)) down++;
    const child = heap[down];
    if (!child || !comesBefore(child, last)) break;
    heap[at] = child;
    at = down;
  }
  heap[at] = last;
}
