// How long silence of a worker is borne. Fixed: workers and reapers of one ledger must agree.

/** How long a claim lasts without a heartbeat of its worker. */
export const leaseMs = 30_000;

/** How often a worker beats. */
export const heartbeatMs = 5_000;

/** Three missed heartbeats: a worker silent for longer is taken for gone when somebody asks for its task. */
export const overdueMs = 3 * heartbeatMs;
