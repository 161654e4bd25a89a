// JPEG, PNG and WebP: one page, turned upright as its EXIF data says, as grey pixels on white.
// Size is read from the header and checked before anything is decoded.
import type { Metadata } from 'sharp';
import type { Picture } from '#core/domain/pages.ts';
import {
  angleOf,
  decodeGrey,
  decoding,
  onWhite,
  openHeader,
  openPixels,
  refuseTooLarge,
} from './decode.ts';
import type { Page, PageLimits, PageSource } from './page-source.ts';

/** Beyond these, browsers on phones show nothing, or a blurred picture. */
const shownPixels = 16_000_000;
const shownSide = 8_000;

export async function openImage(path: string, limits: PageLimits): Promise<PageSource> {
  const header = await decoding(() => openHeader(path).metadata());
  const { width, height } = header.autoOrient;
  refuseTooLarge('the image', { width, height }, limits);
  const original = embeddable(header);
  const pixels = () => openPixels(path, limits);
  return {
    pageCount: 1,
    async openPage() {
      return {
        width,
        height,
        angle: angleOf(header.orientation),
        textLayer: async () => undefined,
        raster: () => decoding(() => decodeGrey(pixels(), { width, height, dpi: header.density })),
        original,
        needsPreview:
          !original || width * height > shownPixels || Math.max(width, height) > shownSide,
        inColour: () => onWhite(pixels()).toColourspace('srgb'),
        close() {},
      } satisfies Page;
    },
    close() {},
  };
}

/** Readers of PDF decode every JPEG in grey or RGB; CMYK comes in variants that they disagree on. */
function embeddable({
  format,
  width,
  height,
  channels,
  orientation,
}: Metadata): Picture | undefined {
  if (format !== 'jpeg' || (channels !== 1 && channels !== 3)) return undefined;
  return { from: 'original', width, height, colours: channels, orientation: orientation ?? 1 };
}
