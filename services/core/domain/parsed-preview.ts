// What a person reviews before applying, made from the summaries of an upload's pages.
import type { Model } from './options.ts';
import type { PageSummary } from './pages.ts';

export interface Preview {
  readonly teams: null;
  readonly innings: null;
  readonly deliveries: null;
  readonly metadata: {
    readonly pages: number;
    readonly pages_failed: number;
    readonly words: number;
    /** 0 to 100, weighted by words; null when no word was found. */
    readonly mean_confidence: number | null;
    readonly language: string;
    readonly model: Model;
    readonly engine: string;
    readonly engine_version: string;
  };
}

/** The fields of a scorecard stay null: nothing here understands one yet, and a guess would be worse. */
export function buildPreview(read: readonly PageSummary[], pagesFailed: number): Preview {
  const [first] = read;
  if (!first) throw new RangeError('a preview needs at least one page that was read');
  let words = 0;
  let weighted = 0;
  for (const page of read) {
    words += page.word_count;
    weighted += page.word_count * (page.mean_confidence ?? 0);
  }
  return {
    teams: null,
    innings: null,
    deliveries: null,
    metadata: {
      pages: read.length + pagesFailed,
      pages_failed: pagesFailed,
      words,
      mean_confidence: words === 0 ? null : Math.round((weighted / words) * 100) / 100,
      language: first.language,
      model: first.model,
      engine: first.engine,
      engine_version: first.engine_version,
    },
  };
}

/** Wall and CPU milliseconds of a page over all its stages. */
export function pageCost(page: PageSummary): { ms: number; cpuMs: number } {
  let ms = 0;
  let cpuMs = 0;
  for (const stage of Object.values(page.stages)) {
    ms += stage.ms;
    cpuMs += stage.cpu_ms;
  }
  return { ms, cpuMs };
}
