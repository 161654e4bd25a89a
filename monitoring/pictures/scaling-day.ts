// What the picture of the autoscaler tells: nothing to do, a crowd, a trickle, another crowd, and quiet. A real
// controller and a real ReplicaSet; the workers are staged, three seconds an upload.
import { setTimeout as sleep } from 'node:timers/promises';
import { globalSetup, globalTeardown } from '../../services/testing/setup.ts';
import { readRules } from '../rules.ts';
import { startScaled } from '../testing/scaled.ts';
import type { Run } from './match-day.ts';

export async function scalingDay(): Promise<Run> {
  await globalSetup();
  const { stage, prometheus, drop } = await startScaled(readRules(), {
    minReplicas: 1,
    maxReplicas: 8,
    stabilisation: { downSeconds: 30 },
  });
  const startedAt = Math.floor(Date.now() / 1_000);
  const trickle = async (seconds: number) => {
    for (let n = 0; n < seconds / 4; n++) {
      await stage.upload(1);
      await sleep(4_000);
    }
  };
  await trickle(30);
  await stage.upload(120);
  await trickle(120);
  await stage.upload(60);
  await trickle(60);
  await sleep(90_000);
  return {
    prometheus,
    startedAt,
    async drop() {
      await drop();
      await globalTeardown();
    },
  };
}
