// What a preparation step is: a cheap look at the pixels, and other pixels only where they pay.
import type { GreyImage } from '../../engine/engine.ts';

export type Point = readonly [x: number, y: number];

export interface Step {
  readonly name: string;
  /** Undefined: the image is good as it is. */
  apply(image: GreyImage): Promise<Prepared | undefined>;
}

export interface Prepared {
  readonly image: GreyImage;
  /** Degrees, clockwise, by which the step turned the image. */
  readonly turned: number;
  /** A point of the prepared image, in the image before. */
  readonly back: (point: Point) => Point;
}
