// Engine processes that die whenever they read something, as a file does that no engine bears.
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf } from './processes.ts';
import type { Running, System } from './system.ts';

/** Kills the engines of `worker` whenever it reads something, until told to stop. */
export function breakEngines(
  system: Pick<System, 'db'>,
  worker: Pick<Running, 'pid'>,
): { stop(): Promise<void> } {
  let broken = true;
  const loop = (async () => {
    while (broken) {
      const [running] = await system.db.query(
        `select from tasks join workers on workers.id = worker_id
          where status = 'running' and workers.name like '%-' || $1`,
        [worker.pid],
      );
      if (running) for (const pid of descendantsOf(worker.pid)) kill(pid);
      await sleep(5);
    }
  })();
  return {
    stop() {
      broken = false;
      return loop;
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
