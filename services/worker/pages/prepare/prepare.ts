// Between decode and recognise: makes pixels that read better, where a cheap look says that
// they will. Steps that pay are kept here in their order; docs/decisions has the figures.
import type { GreyImage } from '../../engine/engine.ts';
import { tellGrain } from './grain.ts';
import { invert } from './invert.ts';
import { removeRules } from './rules.ts';
import { turnSideways } from './sideways.ts';
import { straighten } from './skew.ts';
import type { Point, Prepared, Step } from './step.ts';

export const steps: readonly Step[] = [tellGrain, invert, turnSideways, straighten, removeRules];

export interface PreparedImage {
  readonly image: GreyImage;
  readonly original: GreyImage;
  /** Degrees, clockwise, by which the image was turned. */
  readonly turned: number;
  /** A point of the prepared image, in the image as it was given. */
  readonly back: (point: Point) => Point;
}

export async function prepareImage(
  image: GreyImage,
  wanted: readonly Step[] = steps,
): Promise<PreparedImage> {
  let prepared: PreparedImage = { image, original: image, turned: 0, back: (point) => point };
  for (const step of wanted) {
    const after = await step.apply(prepared.image);
    if (after) prepared = prepareFurther(prepared, after);
  }
  return prepared;
}

/** `after` is made of the prepared image. */
export function prepareFurther(before: PreparedImage, after: Prepared): PreparedImage {
  return {
    image: after.image,
    original: before.original,
    turned: before.turned + after.turned,
    back: (point) => before.back(after.back(point)),
  };
}
