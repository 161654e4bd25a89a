// The worker processes: as many as somebody asks for, each by a name of its own, under which the
// ledger knows it.
import type { Child } from './child.ts';

export interface Crew {
  /** Those that run or start; not those that are being ended. */
  names(): string[];
  start(): Child;
  /** Resolves when the process is gone. It should hold nothing: what it holds is given back. */
  end(name: string): Promise<void>;
  /** Ends all; from then on none is started. As `Child.stop`. */
  stop(withinMs?: number): Promise<void>;
}

/** `prefix` differs between runs: a name never comes back. */
export function createCrew(prefix: string, startWorker: (name: string) => Child): Crew {
  const members = new Map<string, Child>();
  const ending = new Set<Child>();
  let stopped = false;
  let count = 0;

  const end = async (name: string, withinMs?: number) => {
    const child = members.get(name);
    if (!child) return;
    members.delete(name);
    ending.add(child);
    await child.stop(withinMs);
    ending.delete(child);
  };

  return {
    names: () => [...members.keys()],
    start() {
      if (stopped) throw new Error('nobody is started any more');
      count += 1;
      const name = `${prefix}-${count}`;
      const child = startWorker(name);
      members.set(name, child);
      return child;
    },
    end,
    async stop(withinMs) {
      stopped = true;
      const all = [...members.values(), ...ending];
      await Promise.all(all.map((child) => child.stop(withinMs)));
    },
  };
}
