import { Gauge } from 'prom-client';
import type { Metrics } from '#core/metrics.ts';

/** Originals that no row knows, asked for at each scrape; while the ledger is away the last answer stands. */
export function orphanMetrics(
  metrics: Metrics,
  sum: () => Promise<{ count: number; bytes: number }>,
): void {
  new Gauge({
    name: 'cricksy_ocr_orphaned_uploads',
    help: 'Originals in the store that no upload knows, as the last scan found them.',
    registers: [metrics],
    async collect() {
      const seen = await sum().catch(() => undefined);
      if (seen) this.set(seen.count);
    },
  });
  new Gauge({
    name: 'cricksy_ocr_orphaned_bytes',
    help: 'Bytes of originals in the store that no upload knows.',
    registers: [metrics],
    async collect() {
      const seen = await sum().catch(() => undefined);
      if (seen) this.set(seen.bytes);
    },
  });
}
