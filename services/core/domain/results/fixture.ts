// A result for tests, as an engine could have read it. Imported by tests only.
import type { PageResult, Word } from '../pages.ts';
import type { Result } from './result.ts';

export function word(text: string, box: Word['box'], place: Partial<Word> = {}): Word {
  return { text, box, confidence: 87.5, block: 1, paragraph: 1, line: 1, ...place };
}

export function page(words: readonly Word[], changes: Partial<PageResult> = {}): PageResult {
  return {
    number: 1,
    width: 600,
    height: 800,
    angle: 0,
    skew: 0,
    source: 'ocr',
    word_count: words.length,
    mean_confidence: words.length > 0 ? 87.5 : null,
    language: 'eng',
    model: 'fast',
    engine: 'libtesseract',
    engine_version: '5.3.0',
    stages: {},
    words,
    ...changes,
  };
}

export function resultOf(pages: readonly PageResult[], changes: Partial<Result> = {}): Result {
  return {
    uploadId: '11111111-1111-4111-8111-111111111111',
    filename: 'card.jpg',
    reading: 1,
    pageCount: pages.length,
    pagesFailed: 0,
    pages,
    picture: async () => new Uint8Array(),
    ...changes,
  };
}
