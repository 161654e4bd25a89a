import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Deployment, Pod, ReplicaSet } from '../kubernetes/objects.ts';
import { sceneOf } from './scene.ts';

const read = { resourceVersion: '1', creationTimestamp: '2026-06-01T12:00:00Z' };
const owned = (uid: string) => ({ ownerReferences: [{ uid, controller: true }] });

function deployment(replicas: number, status: Deployment['status'] = {}): Deployment {
  return {
    metadata: { ...read, name: 'workers', uid: 'd', generation: 2 },
    spec: { replicas, selector: {} },
    status: { observedGeneration: 2, replicas, updatedReplicas: replicas, ...status },
  };
}

function replicaSet(uid: string, replicas: number, status: ReplicaSet['status'] = {}): ReplicaSet {
  return {
    metadata: { ...read, ...owned('d'), name: uid, uid, generation: 3 },
    spec: { replicas },
    status: { observedGeneration: 3, replicas, readyReplicas: replicas, ...status },
  };
}

function pods(uid: string, count: number, changes: Partial<Pod['metadata']> = {}): Pod[] {
  return Array.from({ length: count }, (_, index) => ({
    metadata: {
      ...read,
      ...owned(uid),
      name: `${uid}-${index}`,
      uid: `${uid}-${index}`,
      ...changes,
    },
    spec: { nodeName: 'node' },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }));
}

describe('a Deployment is settled', () => {
  test('when both controllers have seen the last change and all numbers agree', () => {
    const { settled, noneTooMany, rollout, readyReplicas } = sceneOf({
      deployment: deployment(2),
      replicaSets: [replicaSet('s', 2), replicaSet('old', 0)],
      pods: [...pods('s', 2), ...pods('strange', 3)],
    });
    assert.deepEqual(
      { settled, noneTooMany, rollout, readyReplicas },
      {
        settled: true,
        noneTooMany: true,
        rollout: false,
        readyReplicas: 2,
      },
    );
  });

  const unsettled: readonly [string, Parameters<typeof sceneOf>[0], boolean][] = [
    [
      'not before the Deployment’s controller has seen the change',
      {
        deployment: deployment(1, { observedGeneration: 1 }),
        replicaSets: [replicaSet('s', 1)],
        pods: pods('s', 1),
      },
      false,
    ],
    [
      'not before the ReplicaSet has its new number',
      { deployment: deployment(1), replicaSets: [replicaSet('s', 2)], pods: pods('s', 2) },
      false,
    ],
    [
      'not before the ReplicaSet’s controller has seen that',
      {
        deployment: deployment(1),
        replicaSets: [replicaSet('s', 1, { observedGeneration: 2 })],
        pods: pods('s', 1),
      },
      false,
    ],
    [
      'not while there is a pod too many',
      { deployment: deployment(1), replicaSets: [replicaSet('s', 1)], pods: pods('s', 2) },
      false,
    ],
    [
      'not while a pod is missing, but then none is too many',
      { deployment: deployment(3), replicaSets: [replicaSet('s', 3)], pods: pods('s', 2) },
      true,
    ],
    [
      'not during a rollout; then each ReplicaSet has its own number',
      {
        deployment: deployment(2, { updatedReplicas: 1 }),
        replicaSets: [replicaSet('s', 1), replicaSet('old', 1)],
        pods: [...pods('s', 1), ...pods('old', 1)],
      },
      true,
    ],
  ];
  for (const [what, seen, none] of unsettled) {
    test(what, () => {
      const { settled, noneTooMany } = sceneOf(seen);
      assert.deepEqual({ settled, noneTooMany }, { settled: false, noneTooMany: none });
    });
  }
});

test('pods on their way out, and those that have ended, are not there any more', () => {
  const { pods: seen } = sceneOf({
    deployment: deployment(1),
    replicaSets: [replicaSet('s', 1)],
    pods: [
      ...pods('s', 1),
      ...pods('s', 1, { deletionTimestamp: '2026-06-01T12:00:00Z' }),
      ...pods('s', 1).map((pod) => ({ ...pod, status: { phase: 'Failed' } })),
    ],
  });
  assert.equal(seen.length, 1);
});
