// The slots of this worker: as many readings at a time as there are slots, one engine process each.
import type { OpenRequest } from '../engine/engine.ts';
import { createSlot, type Reading, type Slot, type SlotOptions, type UseOptions } from './slot.ts';

export type { Reading } from './slot.ts';

export interface Slots {
  readonly size: number;
  /** Name and version of what reads. */
  readonly engine: string;
  readonly version: string;
  /** Why it is this engine. */
  readonly reason: string;
  /**
   * Opens the file in a free slot and runs `work` on it. Throws what is wrong with the file or
   * with the engine; when `signal` fires, its reason, at once.
   */
  use<T>(
    request: OpenRequest,
    options: UseOptions,
    work: (reading: Reading) => Promise<T>,
  ): Promise<T>;
  busy(): number;
  /** Of the engine processes, slot by slot; undefined where one is being replaced. */
  pids(): (number | undefined)[];
  /** Kills the engine processes. */
  close(): Promise<void>;
}

/** Resolves when every slot is warm. Throws `engine.unavailable` with what to install. */
export async function createSlots(options: SlotOptions & { size: number }): Promise<Slots> {
  const { size } = options;
  const slots = Array.from({ length: size }, () => createSlot(options));
  const close = async () => void (await Promise.all(slots.map((slot) => slot.close())));
  const processes = await Promise.all(slots.map((slot) => slot.warm())).catch(async (error) => {
    await close();
    throw error;
  });
  const { engine = '', version = '', reason = '' } = processes[0] ?? {};

  const free = [...slots];
  const waiting: ((slot: Slot) => void)[] = [];
  const take = () =>
    new Promise<Slot>((resolve) => {
      const slot = free.pop();
      if (slot) resolve(slot);
      else waiting.push(resolve);
    });
  const giveBack = (slot: Slot) => {
    const next = waiting.shift();
    if (next) next(slot);
    else free.push(slot);
  };

  return {
    size,
    engine,
    version,
    reason,
    async use(request, options, work) {
      const slot = await take();
      try {
        return await slot.use(request, options, work);
      } finally {
        // The caller need not wait until the file is closed.
        void slot.settled().then(() => giveBack(slot));
      }
    },
    busy: () => size - free.length,
    pids: () => slots.map((slot) => slot.pid()),
    close,
  };
}
