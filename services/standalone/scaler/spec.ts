import type { PoolSpec } from '../../controller/policy/types.ts';

/** What suits one machine: a worker starts within a second or two, and its memory is wanted back soon. */
export function poolSpec(bounds: PoolSpec['bounds'], slots: number): PoolSpec {
  return {
    bounds,
    slots,
    policy: { name: 'work-seconds', utilisation: 0.8, drainTarget: 5 },
    stabilisation: { downSeconds: 15, upSeconds: 0, panicRatio: 2 },
    spares: 0,
    schedule: [],
  };
}
