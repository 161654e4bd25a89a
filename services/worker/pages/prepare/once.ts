import type { GreyImage } from '../../engine/engine.ts';

/** Looked for once in each image, however many steps ask. */
export function once<T>(look: (image: GreyImage) => Promise<T>): (image: GreyImage) => Promise<T> {
  const known = new WeakMap<GreyImage, Promise<T>>();
  return (image) => {
    const found = known.get(image) ?? look(image);
    known.set(image, found);
    return found;
  };
}
