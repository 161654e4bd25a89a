// TIFF: what scanners and fax machines write, often with several pages. Sizes come from the
// file's own list of pages and are checked before libvips decodes one.
import { open } from 'node:fs/promises';
import { AppError } from '#core/errors.ts';
import { angleOf, decodeGrey, decoding, onWhite, openPixels, refuseTooLarge } from '../decode.ts';
import type { Page, PageLimits, PageSource } from '../page-source.ts';
import type { Size } from '../scale.ts';
import { type Directory, readDirectories } from './directories.ts';

/** CMYK with transparency has five. */
const mostChannels = 8;
/** From here on letters look stretched; a fax in standard resolution has twice as many pixels across. */
const notSquare = 1.2;
/** More is no picture of a page, but a mistake in the file. */
const mostStretch = 4;

export async function openTiff(path: string, limits: PageLimits): Promise<PageSource> {
  const file = await open(path);
  let directories: Directory[];
  try {
    directories = await readDirectories(file, limits);
  } finally {
    await file.close();
  }
  return {
    pageCount: directories.length,
    async openPage(number) {
      const directory = directories[number - 1];
      if (!directory) throw new RangeError(`there is no page ${number}`);
      return openPage(path, directory, { number, limits });
    },
    close() {},
  };
}

function openPage(
  path: string,
  directory: Directory,
  { number, limits }: { number: number; limits: PageLimits },
): Page {
  const { channels } = directory;
  if (channels > mostChannels) {
    throw new AppError('page.corrupt', `page ${number} has ${channels} colours`);
  }
  refuseTooLarge(`page ${number}`, directory, limits);
  const size = uprightSize(directory);
  refuseTooLarge(`page ${number}, with square pixels,`, size, limits);
  const pixels = () => openPixels(path, limits, directory.index);
  return {
    ...size,
    angle: angleOf(directory.orientation),
    textLayer: async () => undefined,
    raster: () =>
      decoding(() => decodeGrey(pixels(), { ...size, dpi: finerDpi(directory) }), 'page.corrupt'),
    original: undefined,
    needsPreview: true,
    inColour: () => onWhite(pixels()).toColourspace('srgb'),
    close() {},
  };
}

/** In square pixels: the coarser side is stretched to the resolution of the finer. */
function uprightSize({ width, height, dpi, orientation }: Directory): Size {
  const ratio = dpi ? dpi.x / dpi.y : 1;
  const stretch = Math.max(ratio, 1 / ratio);
  const square = { width, height };
  if (stretch > notSquare && stretch < mostStretch) {
    if (ratio > 1) square.height = Math.round(height * ratio);
    else square.width = Math.round(width / ratio);
  }
  const lies = angleOf(orientation) % 180 !== 0;
  return lies ? { width: square.height, height: square.width } : square;
}

function finerDpi({ dpi }: Directory): number | undefined {
  return dpi && Math.max(dpi.x, dpi.y);
}
