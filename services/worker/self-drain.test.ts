import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '#core/errors.ts';
import { silentLog } from '../testing/log.ts';
import { createSelfDrain, drainSeconds, failsEverything } from './self-drain.ts';

/** Letters are uploads; a capital one failed. */
const ended = (word: string) =>
  [...word].map((letter) => ({
    uploadId: letter.toLowerCase(),
    failedWith: letter === letter.toLowerCase() ? undefined : 'engine.crashed',
  }));

describe('a worker fails everything', () => {
  for (const [word, verdict, why] of [
    ['', false, 'it has read nothing yet'],
    ['ABCD', false, 'four are too few'],
    ['ABCDE', true, 'five uploads in a row'],
    ['AAABC', true, 'three uploads in a row, one of them again and again'],
    ['ABABA', false, 'two uploads may be two deadly files'],
    ['AAAAAAAA', false, 'one upload is one deadly file'],
    ['ABCDe', false, 'the last one was read'],
    ['aBCDEF', true, 'what was read before does not count'],
    ['ABcDE', false, 'one in between was read'],
  ] as const) {
    test(`${word || 'nothing'}: ${verdict} (${why})`, () => {
      assert.equal(failsEverything(ended(word)), verdict);
    });
  }
});

test('it stays away longer each time, a quarter of an hour at most', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9].map(drainSeconds), [60, 120, 240, 480, 900, 900]);
});

describe('counted are', () => {
  const drains = async (errors: (AppError | undefined)[]) => {
    const seen: number[] = [];
    const self = createSelfDrain({
      drain: async ({ seconds }) => void seen.push(seconds),
      log: silentLog,
    });
    for (const [n, error] of errors.entries()) {
      if (error) self.failed(`upload-${n}`, error);
      else self.read(`upload-${n}`);
    }
    return seen;
  };
  const five = (code: AppError['code']) => Array.from({ length: 5 }, () => new AppError(code));

  test('crashes and engines that do not start, not the absence of others, not bad files', async () => {
    assert.deepEqual(await drains(five('engine.crashed')), [60]);
    assert.deepEqual(await drains(five('engine.unavailable')), [60]);
    assert.deepEqual(await drains(five('objects.unavailable')), []);
    assert.deepEqual(await drains(five('file.corrupt')), []);
    assert.deepEqual(await drains(five('task.cancelled')), []);
    const four = five('engine.crashed').slice(1);
    assert.deepEqual(await drains([...four, new AppError('file.corrupt'), ...four]), []);
  });

  test('drains in a row, until something was read', async () => {
    const crashes = five('engine.crashed');
    assert.deepEqual(await drains([...crashes, ...crashes]), [60, 120]);
    assert.deepEqual(await drains([...crashes, undefined, ...crashes]), [60, 60]);
  });
});
