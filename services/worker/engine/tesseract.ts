// What every build of Tesseract takes the same way.
import type { Layout } from '#core/domain/options.ts';

/** OEM_LSTM_ONLY: the neural recogniser. The models hold no other. */
export const neuralOnly = 1;
export const pageSegModes: Record<Layout, number> = { auto: 3, table: 6, line: 7 };
/** Tesseract refuses images smaller than this; they hold no letter anyway. */
export const smallestSide = 3;
