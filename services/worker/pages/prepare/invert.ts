// Dark screens, light print: the models are trained on dark print, and Tesseract finds out
// about the other kind only line by line, by reading each one twice.
import { medianOf } from './median.ts';
import type { Prepared, Step } from './step.ts';

/** A page whose middling pixel is darker than this has a dark ground. */
const darkGround = 96;

export const invert: Step = {
  name: 'invert',
  async apply(image): Promise<Prepared | undefined> {
    if (medianOf(image.data) >= darkGround) return undefined;
    const data = image.data.map((value) => 255 - value);
    return { image: { ...image, data }, turned: 0, back: (point) => point };
  },
};
