import type { z } from 'zod';
import type { OrphanRow } from '#core/ledger/orphans/orphans.ts';
import type { Watch } from '#core/ledger/orphans/watch.ts';
import type { orphanEntry, orphansAnswer } from '#core/messages.ts';

export function presentOrphan(orphan: OrphanRow): z.input<typeof orphanEntry> {
  return {
    upload_id: orphan.upload_id,
    objects: orphan.object_count,
    bytes: orphan.bytes,
    newest_at: orphan.newest_at.toISOString(),
    first_seen_at: orphan.first_seen_at.toISOString(),
  };
}

export function presentWatch(
  watch: Watch,
  graceSeconds: number,
): Pick<z.input<typeof orphansAnswer>, 'scan' | 'deletion'> {
  return {
    scan: {
      started_at: watch.scan_started_at?.toISOString() ?? null,
      ended_at: watch.scan_ended_at?.toISOString() ?? null,
    },
    deletion: {
      after_seconds: graceSeconds,
      paused_until: watch.paused ? (watch.paused_until?.toISOString() ?? null) : null,
      pause_reason: watch.paused ? watch.pause_reason : null,
    },
  };
}
