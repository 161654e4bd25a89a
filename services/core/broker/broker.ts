// The broker's port. A broker says "there is work now" and carries control messages; it is
// never the truth. Losing everything in it costs time, not work: the dispatcher publishes again
// from the ledger. Both implementations obey contract.ts.

/** What a delivery says: which task, and which dispatch of it. An older number is dropped at the claim. */
export interface TaskMessage {
  readonly task_id: string;
  readonly dispatch: number;
  readonly traceparent?: string | undefined;
}

export interface Delivery {
  readonly message: TaskMessage;
  /** True when it was delivered before. It does not prove that the former receiver died. */
  readonly redelivered: boolean;
  /** The work is done or needs no doing. Never throws: what cannot be acknowledged is delivered again and fenced. */
  ack(): Promise<void>;
  /** Back into the queue at once, for anybody. Never throws, as above. */
  giveBack(): Promise<void>;
}

export interface Consumer {
  /** Takes no further deliveries; those taken stay open until acknowledged or given back. */
  stop(): Promise<void>;
}

/** What a broker can say exactly and at once. What is delivered and not yet done the ledger knows better. */
export interface QueueCounts {
  readonly ready: number;
  /** Those that stopped may count until what they hold is settled. */
  readonly consumers: number;
}

/** Commands to worker processes. `worker_id` absent: all of them. */
export type ControlCommand =
  | { readonly command: 'ping'; readonly worker_id?: string }
  | { readonly command: 'inspect'; readonly worker_id?: string }
  | { readonly command: 'cancel'; readonly upload_id: string }
  | { readonly command: 'drain' | 'undrain' | 'shutdown'; readonly worker_id?: string };

export type ControlReply = { readonly worker_id: string } & Readonly<Record<string, unknown>>;

export interface Broker {
  /** Resolves when the broker has taken responsibility (a confirm). Throws `broker.unavailable`. */
  publish(pool: string, messages: readonly TaskMessage[]): Promise<void>;
  /**
   * Delivers at most `prefetch` unacknowledged messages of `pool` to `onDelivery`, oldest first.
   * A broker that is away is no error: deliveries begin when it is back.
   */
  consume(
    pool: string,
    options: { prefetch: number },
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer>;
  counts(pool: string): Promise<QueueCounts>;
  /** To every listening process; nobody answers. */
  broadcast(command: ControlCommand): Promise<void>;
  /**
   * To every listening process; resolves with what came back within `waitMs`, earlier after
   * `replies` answers. Throws `broker.unavailable` when nobody could have been heard: silence
   * means that nobody answers.
   */
  request(
    command: ControlCommand,
    options: { waitMs: number; replies?: number },
  ): Promise<ControlReply[]>;
  /** Answers control commands; a handler returns undefined when the command is not for it. */
  onControl(handler: (command: ControlCommand) => ControlReply | undefined): Promise<void>;
  /** Throws `broker.unavailable` when the broker cannot be reached. */
  ping(): Promise<void>;
  /** Ends all connections; open deliveries go back to the queue. */
  close(): Promise<void>;
}
