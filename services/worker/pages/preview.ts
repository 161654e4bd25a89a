// A picture of a page for the eyes of the reviewer, from the pixels that are there already.
import sharp from 'sharp';
import type { GreyImage, PageReading } from '../engine/engine.ts';
import { fitWithin } from './scale.ts';

/** Pixels of the longer side: a page fills a screen, and weighs some 150 kB. */
export const previewSide = 1_600;

export async function makePreview(image: GreyImage): Promise<PageReading['preview']> {
  const { data, width, height } = image;
  const bytes = await sharp(data, { raw: { width, height, channels: 1 } })
    .resize({ ...fitWithin(image, previewSide), fit: 'fill' })
    .jpeg({ quality: 75 })
    .toBuffer();
  return { bytes, contentType: 'image/jpeg' };
}
