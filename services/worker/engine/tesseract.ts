// What every build of Tesseract takes the same way.
import type { Layout, ReadOptions } from '#core/domain/options.ts';
import type { GreyImage } from './engine.ts';

/** OEM_LSTM_ONLY: the neural recogniser. The models hold no other. */
export const neuralOnly = 1;
const pageSegModes: Record<Layout, number> = { auto: 3, table: 6, line: 7 };
/** Tesseract refuses images smaller than this; they hold no letter anyway. */
export const smallestSide = 3;

export function pageSegModeOf(
  { ruled }: GreyImage,
  { layout }: Pick<ReadOptions, 'layout'>,
): number {
  return pageSegModes[layout === 'auto' && ruled ? 'table' : layout];
}

/** `thresholding_method`: Otsu's one level for the page, or Sauvola's by the surroundings of each pixel. */
export function thresholdingOf({ grainy }: GreyImage): string {
  return grainy ? '2' : '0';
}
