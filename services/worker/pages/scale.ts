// How large a page is handed to recognition. Above some 8 megapixels letters are larger than
// the models were trained on: at 35 megapixels, downscaling halves the time and reads better.

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Up to here nothing is gained by scaling. */
const mostPixels = 10_000_000;
const scaledPixels = 8_000_000;
/** Tesseract keeps coordinates in 16 bits. */
const longestSide = 30_000;
const pointsPerInch = 72;
/** The resolution that Tesseract's models expect. */
const bestDpi = 300;

/** The size in which an image is recognised. */
export function recognitionSize({ width, height }: Size): Size {
  const pixels = width * height;
  const byPixels = pixels > mostPixels ? Math.sqrt(scaledPixels / pixels) : 1;
  return scaled({ width, height }, Math.min(byPixels, longestSide / Math.max(width, height)));
}

/** The resolution in dots per inch in which a PDF page of that many points is rendered. */
export function renderDpi({ width, height }: Size): number {
  const byPixels = pointsPerInch * Math.sqrt(mostPixels / (width * height));
  const bySide = (pointsPerInch * longestSide) / Math.max(width, height);
  return Math.min(bestDpi, byPixels, bySide);
}

/** Pixels of a PDF page in a resolution. */
export function renderSize(points: Size, dpi: number): Size {
  return scaled(points, dpi / pointsPerInch);
}

/** The largest size of the same shape whose longer side is `longest` at most. */
export function fitWithin(size: Size, longest: number): Size {
  return scaled(size, Math.min(1, longest / Math.max(size.width, size.height)));
}

function scaled({ width, height }: Size, factor: number): Size {
  return {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
}
