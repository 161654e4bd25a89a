import type pg from 'pg';

export interface DatabaseOptions {
  /** postgresql://user:password@host:port/database */
  readonly url: string;
  /** Wins over the one in the URL. */
  readonly password?: string | undefined;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** A pooler in between hands out connections by the transaction: nothing can be kept on one. */
  readonly pooled?: boolean;
  /** Of a pool, at most. */
  readonly connections?: number;
}

/** Settings of a connection, the same for pools and single connections. */
export function connectionSettings(options: DatabaseOptions): pg.ClientConfig {
  const url = new URL(options.url);
  if (options.password) url.password = encodeURIComponent(options.password);
  return {
    connectionString: url.href,
    application_name: options.name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  };
}
