// What is known when everything has been healed and has come to rest: what the clients and
// listeners wrote down themselves, and what lies in the ledger and the object store. The
// checker sees nothing else, so it can be tested with made-up evidence.

/** What one client did and was told. */
export interface ClientRecord {
  /** Its idempotency key; also the name of its file, which makes it findable in the ledger. */
  readonly key: string;
  readonly sample: string;
  /** Every id that an initiate of this key was answered with. */
  readonly uploadIds: readonly string[];
  /** 202 to complete: from then on the system owes the text. */
  readonly acknowledged: boolean;
  /** 200 to apply. */
  readonly applied: boolean;
  /** Code of the answer that made the client give up. */
  readonly rejected: string | undefined;
  /** It went away in the middle, as clients do. */
  readonly vanished: boolean;
}

export interface UploadFact {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly pageCount: number | null;
  readonly pagesDone: number;
  readonly pagesFailed: number;
  /** What a person made of it: the key, as every client here writes it. */
  readonly review: string | null;
  /** The whole text as it is served, where there is one. */
  readonly text: string | undefined;
}

export interface AttemptFact {
  readonly uploadId: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly worker: string;
  readonly outcome: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface EventFact {
  /** Null: the sequencer has not seen it. */
  readonly position: number | null;
  readonly uploadId: string;
  readonly type: string;
  readonly page: number | undefined;
}

export interface ListenerRecord {
  readonly name: string;
  /** In the order of arrival. */
  readonly positions: readonly number[];
}

/** A time in which a worker could not be expected to keep what it held. */
export interface Excuse {
  readonly worker: string;
  readonly from: number;
  readonly until: number;
}

export interface Evidence {
  readonly clients: readonly ClientRecord[];
  readonly uploads: readonly UploadFact[];
  readonly attempts: readonly AttemptFact[];
  readonly events: readonly EventFact[];
  readonly listeners: readonly ListenerRecord[];
  readonly excuses: readonly Excuse[];
  /** Tasks that are not finished. */
  readonly openTasks: number;
  readonly objectKeys: readonly string[];
  /** Keys that the ledger refers to. */
  readonly referredKeys: readonly string[];
  /** Text of each sample as it was read without any fault. */
  readonly expected: ReadonlyMap<string, string>;
}
