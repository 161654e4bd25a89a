// Turns a page that lies on its side, told by its profiles: columns of ink are sharper than rows
// only where the lines of print go down. Tesseract reads such lines by itself, but worse, and not in
// forms. Which of the two sides it is on no profile tells: engine/read-upright.ts finds out.
import { findInk } from './ink.ts';
import { type Points, scatter, sharpest } from './skew.ts';
import type { Prepared, Step } from './step.ts';
import { turn } from './turn.ts';

/** How much sharper: on an upright page of newsprint columns were up to 2.2 times as sharp, on forms on their side 3.5. */
const distinct = 3;

export const turnSideways: Step = {
  name: 'turn-sideways',
  async apply(image): Promise<Prepared | undefined> {
    const rows = scatter(await findInk(image));
    const { width, height, xs, ys } = rows;
    const columns = { width: height, height: width, xs: ys, ys: xs };
    return profile(columns) > distinct * profile(rows) ? turn(image, 1) : undefined;
  },
};

/** The same for the same print, however many rows it is spread over. */
function profile(ink: Points): number {
  return sharpest(ink).score * ink.height;
}
