// Turns a page that lies on its side, told by its profiles: columns of ink are sharper than rows
// only where the lines of print go down. Tesseract reads such lines by itself, but worse, and not in
// forms. Which of the two sides it is on no profile tells: engine/read-upright.ts finds out.
import { profileRows, sharpest } from './skew.ts';
import type { Prepared, Step } from './step.ts';
import { turn } from './turn.ts';

/** How much sharper: on an upright page of newsprint columns were up to 2.2 times as sharp, on forms on their side 3.5. */
const distinct = 3;

export const turnSideways: Step = {
  name: 'turn-sideways',
  async apply(image): Promise<Prepared | undefined> {
    const { ink, sharpest: rows } = await profileRows(image);
    const { width, height, xs, ys } = ink;
    const columns = sharpest({ width: height, height: width, xs: ys, ys: xs });
    // Times the number of rows, a score is the same for the same print, however many they are.
    return columns.score * width > distinct * rows.score * height ? turn(image, 1) : undefined;
  },
};
