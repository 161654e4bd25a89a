// Scale-downs at random under load, and the count of what they took away.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { getJson } from '../../services/testing/client.ts';
import { throughGateway, type World } from '../world.ts';
import { drained, noneDisturbed, now } from './attempts.ts';
import { startPeople } from './load.ts';
import { bound, reaches } from './pool.ts';

interface Autoscaler {
  readonly pools: readonly { readonly terminated_while_busy: number }[];
}

const most = 4;

export interface Disturbance {
  /** Called while a scale-down from so many workers is under way. */
  readonly during?: (number: number, from: number) => Promise<void>;
}

/** Lowers the bounds so many times, each time by a random number of workers; counts what was lost. */
export async function scaleDowns(
  world: World,
  times: number,
  { during }: Disturbance = {},
): Promise<string> {
  await bound(world, most, most);
  await reaches(world, most);
  const since = await now(world);
  let ended = 0;
  await throughGateway(world, async (api) => {
    const people = startPeople(api, most);
    let current = most;
    for (let number = 0; number < times; number += 1) {
      if (current === 1) {
        await bound(world, most, most);
        await reaches(world, most);
        current = most;
      }
      const lower = randomInt(1, current);
      await bound(world, lower, lower);
      await during?.(number, current);
      await reaches(world, lower);
      ended += current - lower;
      current = lower;
    }
    await people.leave();
    await drained(world);
    const { pools } = await getJson<Autoscaler>(`${api}/api/autoscaler`);
    assert.deepEqual(
      pools.map((pool) => pool.terminated_while_busy),
      [0],
    );
  });
  const attempts = await noneDisturbed(world, since);
  return `${times} scale-downs, ${ended} workers ended, ${attempts}`;
}
