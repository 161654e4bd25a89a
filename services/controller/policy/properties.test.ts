// What holds whatever is seen, tried on thousands of random pools.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, noMemory } from './decide.ts';
import { observe, startMs } from './fixture.ts';
import type { Amount, Memory, Observation, PoolSpec } from './types.ts';

const whole = (max: number) => fc.integer({ min: 0, max });
const positive = (max: number) => fc.double({ min: 0.01, max, noNaN: true });

const amount: fc.Arbitrary<Amount> = fc
  .record({
    unopened: whole(500),
    ranges: whole(500),
    pagesEach: whole(30),
    measured: fc.double({ min: 0, max: 1, noNaN: true }),
    megapixelsEach: positive(50),
  })
  .map(({ unopened, ranges, pagesEach, measured, megapixelsEach }) => {
    const pages = ranges * pagesEach;
    const measuredPages = Math.floor(pages * measured);
    const megapixels = measuredPages * megapixelsEach;
    return { tasks: unopened + ranges, unopened, pages, measuredPages, megapixels };
  });

const policy = fc.oneof(
  fc.record({
    name: fc.constant('work-seconds' as const),
    utilisation: fc.double({ min: 0.1, max: 1, noNaN: true }),
    drainTarget: fc.integer({ min: 1, max: 600 }),
  }),
  fc.record({
    name: fc.constant('queue-depth' as const),
    depthPerWorker: fc.integer({ min: 1, max: 50 }),
  }),
);

const pool: fc.Arbitrary<PoolSpec> = fc.record({
  bounds: fc.tuple(whole(50), whole(50)).map(([a, b]) => ({
    min: Math.min(a, b),
    max: Math.max(a, b, 1),
  })),
  slots: fc.integer({ min: 1, max: 8 }),
  policy,
  stabilisation: fc.record({
    downSeconds: whole(600),
    upSeconds: whole(600),
    panicRatio: fc.double({ min: 1.01, max: 10, noNaN: true }),
  }),
  spares: whole(5),
  schedule: fc.array(
    fc.record({
      start: fc.constantFrom('0 9 * * *', '0 0 * * 1', 'never'),
      end: fc.constantFrom('0 17 * * *', '0 12 * * 1'),
      min: whole(60),
    }),
    { maxLength: 2 },
  ),
});

const ended = fc.array(
  fc.record({
    endedAtMs: fc.integer({ min: startMs - 60_000, max: startMs }),
    opened: fc.boolean(),
    pages: whole(30),
    megapixels: positive(1e6),
    seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  }),
  { maxLength: 20 },
);

const sight = fc.record({
  atSeconds: fc.integer({ min: 0, max: 200_000 }),
  workers: whole(80),
  withdrawn: whole(3),
  backlog: amount,
  running: amount,
  arrivals: amount,
  ended,
});

const memory: fc.Arbitrary<Memory> = fc
  .record({
    past: fc.array(fc.record({ ago: whole(700), wanted: whole(80) }), { maxLength: 10 }),
    ended,
  })
  .map(({ past, ended: tasks }) => {
    const { memory: learned } = decideOn(observe({ ended: tasks }), noMemory);
    const recommendations = past
      .toSorted((a, b) => b.ago - a.ago)
      .map(({ ago, wanted }) => ({ atMs: startMs - ago * 1000, wanted }));
    return { ...learned, recommendations };
  });

const plain: PoolSpec = {
  bounds: { min: 0, max: 50 },
  slots: 2,
  policy: { name: 'work-seconds', utilisation: 0.8, drainTarget: 30 },
  stabilisation: { downSeconds: 60, upSeconds: 0, panicRatio: 2 },
  spares: 0,
  schedule: [],
};

function decideOn(observation: Observation, before: Memory, spec = plain) {
  return decide(spec, observation, before);
}

function more(a: Amount, b: Amount): Amount {
  return {
    tasks: a.tasks + b.tasks,
    unopened: a.unopened + b.unopened,
    pages: a.pages + b.pages,
    measuredPages: a.measuredPages + b.measuredPages,
    megapixels: a.megapixels + b.megapixels,
  };
}

function check<T>(property: fc.IProperty<T>, numRuns = 2000): void {
  fc.assert(property, { numRuns, seed: 20260601 });
}

test('what is wanted is a whole number within the bounds', () => {
  check(
    fc.property(pool, sight, memory, (spec, seen, before) => {
      const { wanted } = decideOn(observe(seen), before, spec).decision;
      assert.ok(Number.isInteger(wanted));
      assert.ok(wanted >= spec.bounds.min && wanted <= spec.bounds.max, `${wanted}`);
    }),
  );
});

test('nothing changes on missing data, whatever else is seen', () => {
  const names = fc.subarray(['backlog', 'running', 'arrivals', 'broker', 'ended'] as const, {
    minLength: 1,
  });
  check(
    fc.property(pool, sight, memory, names, (spec, seen, before, gone) => {
      const lost = Object.fromEntries(gone.map((name) => [name, { missing: 'away' }]));
      const { decision } = decideOn({ ...observe(seen), ...lost }, before, spec);
      assert.equal(decision.wanted, seen.workers);
      assert.equal(decision.missing.length, gone.length);
    }),
  );
});

test('more that waits never means fewer workers', () => {
  check(
    fc.property(pool, sight, memory, amount, (spec, seen, before, extra) => {
      const less = decideOn(observe(seen), before, spec).decision.wanted;
      const backlog = more(seen.backlog, extra);
      const most = decideOn(observe({ ...seen, backlog }), before, spec).decision.wanted;
      assert.ok(most >= less, `${most} for more, ${less} for less`);
    }),
  );
});

test('under a steady load the number changes at most once up and once down, then stays', () => {
  check(
    fc.property(pool, sight, (spec, seen) => {
      const steady = { ...seen, withdrawn: 0, ended: [] };
      const numbers = [seen.workers];
      let before = noMemory;
      // Within an hour of the day in which no window begins or ends.
      for (let second = 0; second < 3000; second += 15) {
        const workers = numbers.at(-1) ?? 0;
        const next = decideOn(observe({ ...steady, workers, atSeconds: second }), before, spec);
        before = next.memory;
        numbers.push(next.decision.wanted);
      }
      const changes = numbers.filter((n, i) => i > 0 && n !== numbers[i - 1]).length;
      assert.ok(changes <= 2, numbers.join(' '));
      assert.equal(numbers.at(-1), numbers.at(-50));
    }),
    100,
  );
});

test('a decision goes on from memory that was JSON in between', () => {
  check(
    fc.property(pool, sight, memory, (spec, seen, before) => {
      const first = decideOn(observe(seen), before, spec);
      assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
      const later = observe({ ...seen, atSeconds: seen.atSeconds + 5 });
      assert.deepEqual(
        decideOn(later, JSON.parse(JSON.stringify(first.memory)), spec),
        decideOn(later, first.memory, spec),
      );
    }),
  );
});
