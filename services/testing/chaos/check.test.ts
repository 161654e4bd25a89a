// The checker against made-up evidence: it must see each kind of wrong, and nothing in what is right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClean, judge, type Verdict } from './check.ts';
import type { AttemptFact, ClientRecord, EventFact, Evidence, UploadFact } from './evidence.ts';

const client: ClientRecord = {
  key: 'a',
  sample: 'word',
  uploadIds: ['1'],
  acknowledged: true,
  applied: false,
  rejected: undefined,
  vanished: false,
};
const upload: UploadFact = {
  id: '1',
  key: 'a',
  status: 'parsed',
  errorCode: null,
  pageCount: 1,
  pagesDone: 1,
  pagesFailed: 0,
  review: null,
  text: 'Extras 12',
};
const attempt: AttemptFact = {
  uploadId: '1',
  taskId: 't',
  attempt: 1,
  worker: 'worker-0',
  outcome: 'done',
  startedAt: 1_000,
  endedAt: 2_000,
};
const told = (type: string, position: number | null): EventFact => ({
  position,
  uploadId: '1',
  type,
  page: undefined,
});
const events = ['initiated', 'uploaded', 'processing', 'parsed'].map((status, index) =>
  told(`upload.${status}`, index + 1),
);

const right: Evidence = {
  clients: [client],
  uploads: [upload],
  attempts: [attempt],
  events,
  listeners: [{ name: 'l', positions: [1, 2, 3, 4] }],
  excuses: [],
  openTasks: 0,
  objectKeys: ['uploads/1/a', 'results/1/t/1/1.json'],
  referredKeys: ['uploads/1/a', 'results/1/t/1/1.json'],
  expected: new Map([['word', 'Extras 12']]),
};

const lostAttempt = { ...attempt, outcome: 'lost' };
const secondAttempt = {
  ...attempt,
  attempt: 2,
  worker: 'worker-1',
  startedAt: 2_000,
  endedAt: 3_000,
};

test('what is right is clean', () => {
  const verdict = judge(right);
  assert.ok(isClean(verdict), JSON.stringify(verdict));
  assert.deepEqual([verdict.attempted, verdict.acknowledged, verdict.orphans], [1, 1, 0]);
});

test('what failed was never parsed, and is not missed as such', () => {
  const failed = { ...upload, status: 'failed', pagesDone: 0 };
  const { gaps } = judge({
    ...right,
    uploads: [failed],
    events: [...events.slice(0, 3), told('upload.failed', 4)],
  });
  assert.deepEqual(gaps, []);
});

test('an applied review that says what was sent is clean', () => {
  const verdict = judge({
    ...right,
    clients: [{ ...client, applied: true }],
    uploads: [{ ...upload, status: 'applied', review: 'a' }],
    events: [...events, told('upload.applied', 5)],
    listeners: [{ name: 'l', positions: [1, 2, 3, 4, 5] }],
  });
  assert.ok(isClean(verdict), JSON.stringify(verdict));
});

test('a task that passed on because its worker was killed is clean', () => {
  const excuses = [{ worker: 'worker-0', from: 1_500, until: 1_500 }];
  assert.ok(isClean(judge({ ...right, attempts: [lostAttempt, secondAttempt], excuses })));
});

test('an upload that was never acknowledged may be read or not', () => {
  const unheard = { ...client, acknowledged: false, vanished: true };
  const read = judge({ ...right, clients: [unheard] });
  assert.deepEqual([isClean(read), read.recovered], [true, 1]);
  const initiated = {
    ...upload,
    status: 'initiated',
    pageCount: null,
    pagesDone: 0,
    text: undefined,
  };
  const never = { ...right, clients: [unheard], uploads: [initiated], attempts: [], events };
  assert.ok(isClean(judge(never)));
});

test('an object that nothing refers to is counted, and clean', () => {
  const verdict = judge({ ...right, objectKeys: [...right.objectKeys, 'results/1/t/2/1.json'] });
  assert.deepEqual([isClean(verdict), verdict.orphans], [true, 1]);
});

type Kind = {
  [K in keyof Verdict]: Verdict[K] extends readonly string[] ? K : never;
}[keyof Verdict];

const wrongs: readonly [string, Kind, Partial<Evidence>][] = [
  ['an acknowledged upload that is gone', 'lost', { uploads: [] }],
  [
    'an acknowledged upload that rests unread',
    'lost',
    { uploads: [{ ...upload, status: 'initiated' }] },
  ],
  ['an accepted review that is not there', 'lost', { clients: [{ ...client, applied: true }] }],
  [
    'an accepted review of which only the status is left',
    'lost',
    {
      clients: [{ ...client, applied: true }],
      uploads: [{ ...upload, status: 'applied' }],
      events: [...events, told('upload.applied', 5)],
      listeners: [{ name: 'l', positions: [1, 2, 3, 4, 5] }],
    },
  ],
  ['two uploads for one key', 'duplicated', { clients: [{ ...client, uploadIds: ['1', '2'] }] }],
  ['parsed twice', 'duplicated', { events: [...events, told('upload.parsed', 5)] }],
  ['completed twice', 'duplicated', { events: [...events, told('upload.uploaded', 5)] }],
  [
    'a page recorded twice',
    'duplicated',
    {
      events: [
        ...events,
        { ...told('page.done', 5), page: 1 },
        { ...told('page.done', 6), page: 1 },
      ],
    },
  ],
  ['a task finished twice', 'duplicated', { attempts: [attempt, secondAttempt] }],
  ['another text', 'unexpected', { uploads: [{ ...upload, text: 'Extras 13' }] }],
  ['a failed good file', 'unexpected', { uploads: [{ ...upload, status: 'failed' }] }],
  ['pages missing', 'unexpected', { uploads: [{ ...upload, pageCount: 2 }] }],
  ['an upload that nobody sent', 'unexpected', { uploads: [upload, { ...upload, key: 'b' }] }],
  [
    'a task taken from a worker that lives',
    'unexpected',
    { attempts: [lostAttempt, secondAttempt] },
  ],
  [
    'a task taken from a worker that was killed long before',
    'unexpected',
    {
      attempts: [lostAttempt, secondAttempt],
      excuses: [{ worker: 'worker-0', from: 100, until: 900 }],
    },
  ],
  ['a refusal', 'unexpected', { clients: [{ ...client, rejected: '409 upload.wrong_status' }] }],
  ['bytes that are gone', 'unexpected', { objectKeys: ['uploads/1/a'] }],
  ['an upload at rest in the middle', 'stuck', { uploads: [{ ...upload, status: 'processing' }] }],
  ['a task at rest in the middle', 'stuck', { openTasks: 1 }],
  ['a change that nobody was told of', 'gaps', { events: events.slice(0, 3) }],
  [
    'a change on the way that nobody was told of',
    'gaps',
    {
      events: ['initiated', 'uploaded', 'parsed'].map((one, index) =>
        told(`upload.${one}`, index + 1),
      ),
      listeners: [{ name: 'l', positions: [1, 2, 3] }],
    },
  ],
  [
    'a page that nobody was told of',
    'gaps',
    {
      uploads: [{ ...upload, pageCount: 2, pagesDone: 2 }],
      events: [...events, { ...told('page.done', 5), page: 1 }],
      listeners: [{ name: 'l', positions: [1, 2, 3, 4, 5] }],
    },
  ],
  [
    'a position without an event',
    'gaps',
    {
      events: [...events.slice(0, 3), told('upload.parsed', 5)],
      listeners: [{ name: 'l', positions: [1, 2, 3, 5] }],
    },
  ],
  ['an event without a position', 'gaps', { events: [...events, told('upload.applied', null)] }],
  ['a listener that missed one', 'gaps', { listeners: [{ name: 'l', positions: [1, 2, 4] }] }],
  [
    'a listener that heard one twice',
    'repeats',
    { listeners: [{ name: 'l', positions: [1, 2, 2, 3, 4] }] },
  ],
  [
    'a listener that heard them out of order',
    'repeats',
    { listeners: [{ name: 'l', positions: [1, 3, 2, 4] }] },
  ],
];

for (const [name, kind, change] of wrongs) {
  test(`${name} is ${kind}`, () => {
    const verdict = judge({ ...right, ...change });
    assert.notEqual(verdict[kind].length, 0, JSON.stringify(verdict));
    assert.equal(isClean(verdict), false);
  });
}
