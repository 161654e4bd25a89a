// A picture of a page for the eyes of the reviewer and for searchable PDFs: in colour where the
// page gives that for little, else from the grey pixels that are there already.
import sharp, { type Sharp } from 'sharp';
import type { Picture } from '#core/domain/pages.ts';
import type { GreyImage, PageReading } from '../engine/engine.ts';
import { fitWithin, type Size } from './scale.ts';

/** Pixels of the longer side: a page fills a screen, and weighs some 150 kB. */
export const previewSide = 1_600;

type Preview = NonNullable<PageReading['preview']> & { readonly picture: Picture };

export async function makePreview(image: Sharp, page: Size): Promise<Preview> {
  const { data, info } = await image
    .resize({ ...fitWithin(page, previewSide), fit: 'fill' })
    .jpeg({ quality: 75 })
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const colours = info.channels === 1 ? 1 : 3;
  return {
    bytes: data,
    contentType: 'image/jpeg',
    picture: { from: 'preview', width, height, colours, orientation: 1 },
  };
}

export function inGrey({ data, width, height }: GreyImage): Sharp {
  return sharp(data, { raw: { width, height, channels: 1 } });
}
