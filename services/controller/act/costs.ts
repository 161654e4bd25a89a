// Costs of deletion that we give to pods. Whoever nobody chose has none, which counts as 0; a chosen one
// has the lowest from before it was drained. A chosen one that still works must cost more than those that
// go: would it turn not ready by accident, its ReplicaSet has to prefer them. Each object's changes are
// seen in their order, so whoever sees that accident sees the higher cost, given before, too.
import type { ScenePod } from '../observe/scene.ts';

export const chosenCost = -1_000;

/** Undefined: none of ours. */
export function ourCost({ cost }: Pick<ScenePod, 'cost'>): number | undefined {
  const value = Number(cost ?? 0);
  return Number.isInteger(value) && value >= chosenCost && value < 0 ? value : undefined;
}

export interface Spare<P> {
  readonly pods: readonly P[];
  readonly cost: number;
}

/** Who still works has to cost more than all that go; empty: it does. Undefined: it cannot any more. */
export function spare<P extends Pick<ScenePod, 'cost'>>(
  working: readonly P[],
  going: readonly P[],
): Spare<P> | undefined {
  const highest = Math.max(...going.map((pod) => ourCost(pod) ?? 0));
  const pods = working.filter((pod) => (ourCost(pod) ?? 0) <= highest);
  if (pods.length > 0 && highest + 1 >= 0) return;
  return { pods, cost: highest + 1 };
}
