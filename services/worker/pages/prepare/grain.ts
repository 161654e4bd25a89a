// Photos and scans have grain and shade, rendered pictures have neither. Where there is grain,
// ink is told from paper by its surroundings: one level for the whole page takes the shaded part
// of it, or the desk beside it, for ink. On rendered pages one level reads better.
import type { GreyImage } from '../../engine/engine.ts';
import type { Prepared, Step } from './step.ts';

/** One pixel of so many tells enough; no divisor of a usual width. */
const every = 61;
/** Of rendered pictures more than this share equals its neighbours, of scans and photos less. */
const flat = 0.5;

export const tellGrain: Step = {
  name: 'tell-grain',
  async apply(image): Promise<Prepared | undefined> {
    if (flatShare(image) >= flat || isBurntOut(image)) return undefined;
    return { image: { ...image, grainy: true }, turned: 0, back: (point) => point };
  },
};

/** Paper that came out purely white has neither grain nor shade left. */
function isBurntOut({ data }: GreyImage): boolean {
  let white = 0;
  let looked = 0;
  for (let i = 0; i < data.length; i += every) {
    if (data[i] === 255) white++;
    looked++;
  }
  return white > looked / 4;
}

/** The share of pixels that equal the next one in their row and in their column. */
export function flatShare({ data, width }: GreyImage): number {
  let equal = 0;
  let looked = 0;
  for (let i = 0; i + width < data.length; i += every) {
    if (data[i] === data[i + 1] && data[i] === data[i + width]) equal++;
    looked++;
  }
  return looked === 0 ? 1 : equal / looked;
}
