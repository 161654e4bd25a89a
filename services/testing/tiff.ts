// Small TIFF files, written by hand: what the tests need and no library would write.

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** 8 bits a pixel, 0 is black; none: the page has a size and no pixels of its own. */
  readonly grey?: Uint8Array;
  /** Pixels per inch across and down. */
  readonly dpi?: readonly [number, number];
  readonly channels?: number;
  /** A small picture of another page. */
  readonly isThumbnail?: boolean;
}

const [short, long, rational] = [3, 4, 5];
const entryCount = 12;
const directoryBytes = 2 + entryCount * 12 + 4;

/** With `loop` the last page is followed by the first. */
export function makeTiff(
  pages: readonly TiffPage[],
  { loop = false }: { readonly loop?: boolean } = {},
): Buffer {
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1');
  const parts: Buffer[] = [header];
  let at = header.length;
  const starts: number[] = [];
  for (const page of pages) {
    const pixels = Buffer.from(page.grey ?? []);
    const resolution = Buffer.alloc(16);
    for (const [index, dpi] of (page.dpi ?? [72, 72]).entries()) {
      resolution.writeUInt32LE(dpi, index * 8);
      resolution.writeUInt32LE(1, index * 8 + 4);
    }
    starts.push(at + pixels.length + resolution.length);
    const directory = describe(page, { pixels: at, resolution: at + pixels.length });
    parts.push(pixels, resolution, directory);
    at += pixels.length + resolution.length + directory.length;
  }
  const bytes = Buffer.concat(parts);
  const [first = 0] = starts;
  bytes.writeUInt32LE(first, 4);
  for (const [index, start] of starts.entries()) {
    const next = starts[index + 1] ?? (loop ? first : 0);
    bytes.writeUInt32LE(next, start + directoryBytes - 4);
  }
  return bytes;
}

function describe(
  { width, height, grey, channels = 1, isThumbnail = false }: TiffPage,
  at: { readonly pixels: number; readonly resolution: number },
): Buffer {
  const directory = Buffer.alloc(directoryBytes);
  directory.writeUInt16LE(entryCount, 0);
  const entries: [tag: number, type: number, value: number][] = [
    [254, long, isThumbnail ? 1 : 0],
    [256, long, width],
    [257, long, height],
    [258, short, 8],
    [259, short, 1], // not compressed
    [262, short, 1], // 0 is black
    [273, long, at.pixels],
    [277, short, channels],
    [278, long, height],
    [279, long, grey?.length ?? 0],
    [282, rational, at.resolution],
    [283, rational, at.resolution + 8],
  ];
  for (const [index, [tag, type, value]] of entries.entries()) {
    const start = 2 + index * 12;
    directory.writeUInt16LE(tag, start);
    directory.writeUInt16LE(type, start + 2);
    directory.writeUInt32LE(1, start + 4);
    directory.writeUInt32LE(value, start + 8);
  }
  return directory;
}
