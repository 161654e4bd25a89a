// The checker: trusts nobody. It holds what clients were promised against what became true.
//
//   lost        acknowledged, and its text is not there
//   duplicated  one intention, two effects
//   recovered   never acknowledged to the client, and done all the same: allowed
//   unexpected  what no client's record explains: a wrong text, a failure of a good file,
//               a task taken from a worker that lived and could be reached
//   stuck       at rest, and still not in a final state
//   gaps, repeats  per listener, and events that were never told
//   orphans     objects that nothing refers to: allowed, they are swept
import type { AttemptFact, ClientRecord, Evidence, UploadFact } from './evidence.ts';

export interface Verdict {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly recovered: number;
  readonly orphans: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly unexpected: readonly string[];
  readonly stuck: readonly string[];
  readonly gaps: readonly string[];
  readonly repeats: readonly string[];
}

export function judge(evidence: Evidence): Verdict {
  const { clients, uploads } = evidence;
  const byKey = Map.groupBy(uploads, (upload) => upload.key);
  const promised = clients.filter((client) => client.acknowledged);
  const owed = (client: ClientRecord) =>
    judgeClient(client, byKey.get(client.key) ?? [], evidence.expected);
  const verdicts = clients.map(owed);
  const known = new Set(clients.map((client) => client.key));
  return {
    attempted: clients.length,
    acknowledged: promised.length,
    rejected: clients.filter((client) => client.rejected !== undefined).length,
    recovered: clients.filter(
      (client) => !client.acknowledged && (byKey.get(client.key) ?? []).some(isRead),
    ).length,
    orphans: orphansOf(evidence),
    lost: verdicts.flatMap((verdict) => verdict.lost),
    duplicated: [...verdicts.flatMap((verdict) => verdict.duplicated), ...twice(evidence)],
    unexpected: [
      ...verdicts.flatMap((verdict) => verdict.unexpected),
      ...uploads.filter((one) => !known.has(one.key)).map((one) => `${one.key}: nobody sent it`),
      ...takenFromTheLiving(evidence),
      ...missingObjects(evidence),
    ],
    stuck: stuckOf(evidence),
    gaps: [...untold(evidence), ...listenerGaps(evidence)],
    repeats: listenerRepeats(evidence),
  };
}

/** Nothing that a user would call wrong. */
export function isClean(verdict: Verdict): boolean {
  const { lost, duplicated, unexpected, stuck, gaps, repeats } = verdict;
  return [lost, duplicated, unexpected, stuck, gaps, repeats].every((list) => list.length === 0);
}

function isRead({ status }: UploadFact): boolean {
  return status === 'parsed' || status === 'applied';
}

function judgeClient(
  client: ClientRecord,
  uploads: readonly UploadFact[],
  expected: Evidence['expected'],
): { lost: string[]; duplicated: string[]; unexpected: string[] } {
  const { key } = client;
  const lost: string[] = [];
  const duplicated: string[] = [];
  const unexpected: string[] = [];
  const ids = new Set([...client.uploadIds, ...uploads.map((upload) => upload.id)]);
  if (ids.size > 1) duplicated.push(`${key}: ${ids.size} uploads for one key`);
  if (client.acknowledged && !uploads.some(isRead)) {
    const found = uploads.map((one) => `${one.status} ${one.errorCode ?? ''}`.trim());
    lost.push(`${key}: acknowledged, now ${found.join(', ') || 'gone'}`);
  }
  if (client.applied && !uploads.some((one) => one.status === 'applied' && one.review === key)) {
    lost.push(`${key}: the review was accepted and is not there`);
  }
  for (const upload of uploads) {
    if (upload.status === 'failed') unexpected.push(`${key}: failed, ${upload.errorCode}`);
    if (!isRead(upload)) continue;
    if (upload.text !== expected.get(client.sample)) unexpected.push(`${key}: another text`);
    if (upload.pagesFailed > 0 || upload.pagesDone !== upload.pageCount) {
      unexpected.push(`${key}: ${upload.pagesDone} of ${upload.pageCount} pages`);
    }
  }
  if (client.rejected !== undefined) unexpected.push(`${key}: refused, ${client.rejected}`);
  return { lost, duplicated, unexpected };
}

/** Nobody retries here: an upload comes to each status once, a page is recorded once, a task finished once. */
function twice({ events, attempts }: Evidence): string[] {
  const told = Map.groupBy(events, (one) => `${one.uploadId} ${one.type} ${one.page ?? ''}`.trim());
  const finished = attempts.filter((one) => one.outcome === 'done');
  const done = Map.groupBy(finished, (one) => `task ${one.taskId} done`);
  return [...told, ...done].flatMap(([what, all]) =>
    all.length > 1 ? [`${what}: ${all.length} times`] : [],
  );
}

/** A claim passes on only when its holder is gone, silent or cut off. */
function takenFromTheLiving({ attempts, excuses }: Evidence): string[] {
  const excused = (lost: AttemptFact) =>
    excuses.some(
      (excuse) =>
        excuse.worker === lost.worker &&
        excuse.from <= (lost.endedAt ?? Number.POSITIVE_INFINITY) &&
        excuse.until >= lost.startedAt,
    );
  return attempts
    .filter((one) => one.outcome === 'lost' && !excused(one))
    .map((one) => `task ${one.taskId}: taken from ${one.worker}, which lived`);
}

function missingObjects({ objectKeys, referredKeys }: Evidence): string[] {
  const there = new Set(objectKeys);
  return referredKeys.filter((key) => !there.has(key)).map((key) => `${key}: not in the store`);
}

function orphansOf({ objectKeys, referredKeys }: Evidence): number {
  const referred = new Set(referredKeys);
  return objectKeys.filter((key) => !referred.has(key)).length;
}

function stuckOf({ uploads, openTasks }: Evidence): string[] {
  const waiting = uploads.filter(({ status }) => status === 'uploaded' || status === 'processing');
  return [
    ...waiting.map((upload) => `${upload.key}: ${upload.status}`),
    ...(openTasks > 0 ? [`${openTasks} tasks are not finished`] : []),
  ];
}

/** Statuses on the way to the one that an upload rests in. */
const way = ['initiated', 'uploaded', 'processing', 'parsed', 'applied'];

/** Each status that an upload came to and each page of several was told, and every event has its place, without a hole. */
function untold({ uploads, events }: Evidence): string[] {
  const told = new Set(events.map((event) => `${event.uploadId} ${event.type}`));
  const silent = uploads.flatMap(({ id, key, status }) =>
    [...way.slice(0, Math.max(0, way.indexOf(status))), status]
      .filter((one) => !told.has(`${id} upload.${one}`))
      .map((one) => `${key}: nobody was told that it is ${one}`),
  );
  const unplaced = events.filter((event) => event.position === null);
  const last = events.reduce((most, { position }) => Math.max(most, position ?? 0), 0);
  const holes = last + unplaced.length - events.length;
  return [
    ...silent,
    ...untoldPages({ uploads, events }),
    ...(unplaced.length > 0 ? [`${unplaced.length} events have no position`] : []),
    ...(holes > 0 ? [`${holes} positions have no event`] : []),
  ];
}

/** A file of one page tells its end by the upload's own event. */
function untoldPages({ uploads, events }: Pick<Evidence, 'uploads' | 'events'>): string[] {
  const pages = Map.groupBy(
    events.filter(({ type }) => type === 'page.done'),
    (event) => event.uploadId,
  );
  return uploads.flatMap(({ id, key, pageCount, pagesDone }) => {
    const untold = pageCount === 1 ? 0 : pagesDone - (pages.get(id)?.length ?? 0);
    return untold > 0 ? [`${key}: nobody was told of ${untold} pages`] : [];
  });
}

function listenerGaps({ listeners, events }: Evidence): string[] {
  const all = events.flatMap((event) => event.position ?? []);
  return listeners.flatMap(({ name, positions }) => {
    const heard = new Set(positions);
    const missed = all.filter((position) => !heard.has(position)).length;
    return missed > 0 ? [`${name}: ${missed} events missed`] : [];
  });
}

function listenerRepeats({ listeners }: Evidence): string[] {
  return listeners.flatMap(({ name, positions }) => {
    const wrong = positions.filter((one, index) => index > 0 && one <= (positions[index - 1] ?? 0));
    return wrong.length > 0 ? [`${name}: ${wrong.length} events again or out of order`] : [];
  });
}
