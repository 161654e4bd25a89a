// Boxes of a prepared image, in the image as it was: the upright rectangle around the turned one.
import type { Word } from '#core/domain/pages.ts';
import type { PreparedImage } from './prepare.ts';

export function boxBack(
  [left, top, width, height]: Word['box'],
  { back, original }: PreparedImage,
): Word['box'] {
  const corners = [
    back([left, top]),
    back([left + width, top]),
    back([left, top + height]),
    back([left + width, top + height]),
  ];
  const [x1, x2] = range(
    corners.map(([x]) => x),
    original.width,
  );
  const [y1, y2] = range(
    corners.map(([, y]) => y),
    original.height,
  );
  return [x1, y1, x2 - x1, y2 - y1];
}

/** Whole pixels, within the image. */
function range(values: readonly number[], most: number): [number, number] {
  const within = (value: number) => Math.min(most, Math.max(0, Math.round(value)));
  return [within(Math.min(...values)), within(Math.max(...values))];
}
