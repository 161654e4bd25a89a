// Traces, for whoever asks for them by the standard variables of OpenTelemetry. Everybody else gets
// `noTracing`, which hands on what it was given; the packages behind it are not even loaded.
// A span's place is handed on as text (W3C traceparent): through calls, the ledger and the broker alike.

export interface SpanOptions {
  readonly name: string;
  /** Absent: a trace of its own. */
  readonly parent: string | undefined;
  readonly kind?: 'server' | 'producer' | 'consumer';
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** Adds to the span what is known at its end. */
export type Describe = (attributes: Readonly<Record<string, string | number>>) => void;

export interface Tracing {
  /** Runs `work`, which is given its own traceparent to hand on. What it throws marks the span as failed. */
  span<T>(
    options: SpanOptions,
    work: (traceparent: string | undefined, describe: Describe) => Promise<T>,
  ): Promise<T>;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

export const noTracing: Tracing = {
  span: ({ parent }, work) => work(parent, () => undefined),
  close: async () => undefined,
};
