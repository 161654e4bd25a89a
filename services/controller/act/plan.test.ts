import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Scene, ScenePod } from '../observe/scene.ts';
import type { WorkerFact } from '../observe/workers.ts';
import { chosenCost } from './costs.ts';
import { type Plan, plan } from './plan.ts';

const atMs = 1_000_000_000;
const longAgo = atMs - 3_600_000;

interface Given extends Partial<ScenePod> {
  readonly worker?: Partial<WorkerFact> | 'none';
}

function pod({ worker: _, ...given }: Given, name: string): ScenePod {
  return {
    name,
    hasNode: true,
    ready: true,
    readySinceMs: longAgo,
    createdMs: longAgo,
    version: '1',
    cost: undefined,
    ...given,
  };
}

function worker(given: Given, name: string, index: number): WorkerFact[] {
  if (given.worker === 'none') return [];
  return [
    {
      name,
      busy: 0,
      state: 'active',
      drainedByUs: false,
      drained: false,
      drainSecondsLeft: 0,
      alive: true,
      startedMs: longAgo + index,
      ...given.worker,
    },
  ];
}

/** Pods are called a, b, c and so on; without more, each is ready and idle. */
function planFor(wanted: number, given: readonly Given[], scene: Partial<Scene> = {}): Plan {
  const named = given.map((one, index) => ({ one, index, name: String.fromCharCode(97 + index) }));
  const pods = named.map(({ one, name }) => pod(one, name));
  return plan({
    wanted,
    atMs,
    workers: named.flatMap(({ one, name, index }) => worker(one, name, index)),
    scene: {
      deployment: 'workers',
      replicas: pods.length,
      epoch: 1,
      written: undefined,
      rollout: false,
      settled: true,
      noneTooMany: true,
      readyReplicas: pods.filter((one) => one.ready).length,
      pods,
      ...scene,
    },
  });
}

const idle: Given = {};
const busy = (tasks: number): Given => ({ worker: { busy: tasks } });
const chosen: WorkerFact = {
  name: '',
  busy: 0,
  state: 'draining',
  drainedByUs: true,
  drained: false,
  drainSecondsLeft: 100,
  alive: true,
  startedMs: longAgo,
};
const { name: _, startedMs: __, ...drain } = chosen;
const finishing: Given = { cost: String(chosenCost), worker: { ...drain, busy: 1 } };
const drained: Given = { cost: String(chosenCost), worker: { ...drain, drained: true } };
const gone: Given = { ...drained, ready: false };
const starting: Given = { ready: false, readySinceMs: atMs - 5_000, worker: 'none' };
const homeless: Given = { ...starting, hasNode: false };
const broken: Given = { ready: false, worker: 'none' };

const just = (...steps: Plan['steps']): Plan => ({ steps, waitsFor: undefined });
const waits = (waitsFor: string): Plan => ({ steps: [], waitsFor });

describe('more workers', () => {
  test('come in one jump', () => {
    assert.deepEqual(planFor(9, [busy(2), idle]), just({ do: 'raise', to: 9 }));
  });
  test('come out of nothing', () => {
    assert.deepEqual(planFor(2, []), just({ do: 'raise', to: 2 }));
  });
  test('come during a rollout too', () => {
    const during = { rollout: true, settled: false };
    assert.deepEqual(planFor(3, [idle, idle], during), just({ do: 'raise', to: 3 }));
  });
  test('those that were chosen go back to work as well', () => {
    const because = 'more workers are needed';
    const expected = just({ do: 'raise', to: 4 }, { do: 'undrain', workers: ['b', 'c'], because });
    assert.deepEqual(planFor(4, [idle, finishing, gone]), expected);
  });
  test('but not while the ReplicaSet may be about to delete them', () => {
    const { steps, waitsFor } = planFor(4, [idle, gone], { noneTooMany: false });
    assert.deepEqual(steps, [{ do: 'raise', to: 4 }]);
    assert.match(waitsFor ?? '', /the last lowering/);
  });
});

describe('while a lowering is not done yet', () => {
  const ending: Given = { ...gone, worker: { ...drain, drained: true, drainSecondsLeft: 3 } };
  const expected = { do: 'keep', workers: ['b'] };
  const undone = { settled: false, noneTooMany: false };

  test('the drain of who may be deleted does not end', () => {
    assert.deepEqual(planFor(1, [idle, ending], { ...undone, replicas: 1 }).steps, [expected]);
    assert.deepEqual(planFor(0, [idle, ending], { ...undone, replicas: 1 }).steps, [expected]);
  });
  test('nor when more workers are needed', () => {
    const { steps } = planFor(4, [idle, ending], { ...undone, replicas: 1 });
    assert.deepEqual(steps, [{ do: 'raise', to: 4 }, expected]);
  });
  test('one that has long to go is left as it is, and so is one that still works', () => {
    const late: Given = { cost: '-999', worker: { ...drain, busy: 1, drainSecondsLeft: -1 } };
    assert.deepEqual(planFor(2, [idle, gone, late], { ...undone, replicas: 2 }).steps, []);
  });
});

describe('as many as are wanted', () => {
  test('nothing happens', () => {
    assert.deepEqual(planFor(2, [busy(1), idle]), just());
  });
  test('who was chosen is needed after all: the busiest first', () => {
    const because = 'they are needed after all';
    assert.deepEqual(
      planFor(2, [gone, finishing, idle]),
      just({ do: 'undrain', workers: ['b'], because }),
    );
    assert.deepEqual(
      planFor(3, [gone, finishing, idle]),
      just({ do: 'undrain', workers: ['b', 'a'], because }),
    );
  });
  test('nobody goes back to work before the last lowering is done', () => {
    assert.match(planFor(2, [gone, idle], { noneTooMany: false }).waitsFor ?? '', /last lowering/);
  });
  test('the cost of a pod that is not chosen any more is forgotten', () => {
    const left = { cost: String(chosenCost) };
    assert.deepEqual(planFor(2, [left, idle]), just({ do: 'forget', pods: ['a'] }));
    assert.deepEqual(planFor(2, [left, idle], { noneTooMany: false }), just());
  });
});

describe('fewer workers: choosing', () => {
  test('the idlest are drained, of these the youngest', () => {
    const expected = just({ do: 'choose', pods: ['d', 'b'] });
    assert.deepEqual(planFor(2, [busy(1), idle, busy(2), idle]), expected);
  });
  test('a busy one is chosen when there are no idle ones: it finishes first', () => {
    assert.deepEqual(planFor(1, [busy(2), busy(1)]), just({ do: 'choose', pods: ['b'] }));
  });
  test('as many as are missing from those chosen before', () => {
    assert.deepEqual(
      planFor(1, [idle, finishing, gone, idle]),
      just({ do: 'choose', pods: ['d'] }),
    );
  });
  test('never one that somebody else drained, nor one whose heartbeat is missing', () => {
    const withdrawn: Given = { worker: { state: 'draining' } };
    const silent: Given = { worker: { alive: false } };
    assert.deepEqual(planFor(0, [withdrawn, silent, busy(3)]), just({ do: 'choose', pods: ['c'] }));
    assert.deepEqual(planFor(1, [withdrawn, silent]), waits('no worker can be drained'));
  });
  test('of a pod whose container started again the last process is meant', () => {
    const before = worker({ worker: { busy: 2 } }, 'a', -1);
    const now = worker({}, 'a', 0);
    const scene = {
      deployment: 'workers',
      replicas: 1,
      epoch: 1,
      written: undefined,
      rollout: false,
      settled: true,
      noneTooMany: true,
      readyReplicas: 1,
      pods: [pod({}, 'a')],
    };
    const { steps } = plan({ wanted: 0, atMs, workers: [...before, ...now], scene });
    assert.deepEqual(steps, [{ do: 'choose', pods: ['a'] }]);
  });
  test('after one that took too long it is the turn of the others', () => {
    const { steps } = planFor(2, [{ ...busy(1), cost: String(chosenCost) }, busy(1), busy(2)]);
    assert.deepEqual(steps, [
      { do: 'choose', pods: ['b'] },
      { do: 'forget', pods: ['a'] },
    ]);
  });
  test('one that was given its cost and then not drained is chosen, not forgotten', () => {
    assert.deepEqual(
      planFor(0, [{ cost: String(chosenCost) }]),
      just({ do: 'choose', pods: ['a'] }),
    );
  });
});

describe('fewer workers: waiting', () => {
  const cases: readonly [string, number, readonly Given[], Partial<Scene>, RegExp][] = [
    [
      'until Kubernetes has done the last change',
      1,
      [idle, idle],
      { settled: false },
      /last change/,
    ],
    ['until a chosen one has finished', 1, [idle, finishing], {}, /b finishes/],
    ['until a drained one is not ready', 1, [idle, drained], {}, /turn not ready/],
    [
      'until the ReplicaSet has seen that',
      1,
      [idle, gone],
      { readyReplicas: 2 },
      /ReplicaSet has to see/,
    ],
    ['until a young pod has started', 1, [idle, starting], {}, /b is not ready yet/],
    [
      'for one that has just turned ready',
      1,
      [gone, { readySinceMs: atMs - 2_000 }],
      {},
      /just turned ready/,
    ],
    [
      'for a worker that lives and whose pod is not ready',
      1,
      [gone, { ready: false }],
      {},
      /b is not ready/,
    ],
    [
      'for one that is chosen, works and flaps',
      1,
      [idle, { ...finishing, ready: false }],
      {},
      /b is not ready/,
    ],
    [
      'for tasks of a dead worker to be taken back',
      1,
      [idle, { ...broken, worker: { busy: 1, alive: false } }],
      {},
      /b is not ready/,
    ],
    ['until a rollout has ended', 1, [idle, idle], { rollout: true, settled: false }, /rollout/],
  ];
  for (const [what, wanted, given, scene, why] of cases) {
    test(what, () => {
      const { steps, waitsFor } = planFor(wanted, given, scene);
      assert.deepEqual(steps, []);
      assert.match(waitsFor ?? '', why);
    });
  }
});

describe('fewer workers: lowering', () => {
  test('by those that are drained and not ready, when the ReplicaSet counts so many less', () => {
    const expected = just({ do: 'lower', to: 1, going: ['b', 'c'], drained: ['b', 'c'] });
    assert.deepEqual(planFor(1, [busy(2), gone, gone]), expected);
  });
  test('by one, while another one still works, that first gets a higher cost', () => {
    const spared = just({ do: 'price', pods: ['b'], cost: chosenCost + 1 });
    assert.deepEqual(planFor(1, [busy(1), finishing, gone]), spared);
    const dearer = { ...finishing, cost: String(chosenCost + 1) };
    const expected = just({ do: 'lower', to: 2, going: ['c'], drained: ['c'] });
    assert.deepEqual(planFor(1, [busy(1), dearer, gone]), expected);
  });
  test('not before costs are forgotten of those that are not chosen any more', () => {
    const left = { ...busy(1), cost: String(chosenCost) };
    assert.deepEqual(planFor(1, [left, gone]), just({ do: 'forget', pods: ['a'] }));
  });
  test('not by a pod without a worker while a chosen one works', () => {
    assert.match(planFor(1, [busy(1), finishing, broken]).waitsFor ?? '', /b finishes/);
  });
  test('to nothing', () => {
    assert.deepEqual(
      planFor(0, [gone]),
      just({ do: 'lower', to: 0, going: ['a'], drained: ['a'] }),
    );
  });
  test('pods without a node go before anybody is drained, once they have their cost', () => {
    const priced = { ...homeless, cost: String(chosenCost) };
    assert.deepEqual(
      planFor(1, [busy(1), homeless, starting]),
      just({ do: 'price', pods: ['b'], cost: chosenCost }),
    );
    assert.deepEqual(
      planFor(1, [busy(1), priced, starting]),
      just({ do: 'lower', to: 2, going: ['b'], drained: [] }),
    );
    assert.deepEqual(
      planFor(2, [idle, priced, homeless]),
      just({ do: 'lower', to: 2, going: ['b'], drained: [] }),
    );
  });
  test('pods that never became ready go before anybody is drained', () => {
    const expected = just({ do: 'lower', to: 1, going: ['b'], drained: [] });
    assert.deepEqual(planFor(1, [busy(1), broken]), expected);
  });
  test('who somebody else drained counts for the ReplicaSet, and stays', () => {
    const withdrawn: Given = { ready: false, worker: { state: 'draining', drained: true } };
    const given = [idle, withdrawn, gone];
    assert.match(planFor(2, given, { readyReplicas: 2 }).waitsFor ?? '', /ReplicaSet has to see/);
    assert.deepEqual(planFor(2, given), just({ do: 'lower', to: 2, going: ['c'], drained: ['c'] }));
  });
});

describe('giving up', () => {
  test('one that takes too long to finish goes back to work', () => {
    const late = { ...finishing, worker: { ...drain, drainSecondsLeft: -1 } };
    const because = 'it took too long to finish';
    const expected = just({ do: 'undrain', workers: ['b'], because });
    assert.deepEqual(planFor(1, [idle, late]), expected);
  });
  test('a rollout that begins sends all back to work', () => {
    const { steps } = planFor(1, [idle, gone, finishing], { rollout: true, settled: false });
    const because = 'a rollout replaces the workers';
    assert.deepEqual(steps, [{ do: 'undrain', workers: ['b', 'c'], because }]);
  });
});
