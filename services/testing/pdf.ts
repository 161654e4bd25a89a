// Small PDF files, written by hand: what the tests need and no library would write.

export interface PdfPage {
  /** In points. */
  readonly width: number;
  readonly height: number;
  /** Lines of text, from the top; in Helvetica, so a real text layer. */
  readonly lines?: readonly string[];
  /** Rows of a table: a cell each 150 points, from the top. */
  readonly rows?: readonly (readonly string[])[];
  /** More lines below them that are drawn by no pen (3 Tr), as OCR lays them under a scan. */
  readonly invisible?: readonly string[];
  /** And more whose font says that each of its letters is one of private use (U+E000 and on). */
  readonly unmapped?: readonly string[];
  /** And more far below the page, where nobody sees them. */
  readonly outside?: readonly string[];
  /** A JPEG over the whole page, as scanners write it, or over a share of its width and height. */
  readonly jpeg?: {
    readonly bytes: Uint8Array;
    readonly width: number;
    readonly height: number;
    readonly share?: number;
  };
  /** In quarters of a turn, clockwise. */
  readonly rotate?: 0 | 90 | 180 | 270;
}

export function makePdf(
  pages: readonly PdfPage[],
  options: { readonly encrypted?: boolean } = {},
): Buffer {
  const objects: Buffer[] = [];
  const add = (body: string | Buffer) => objects.push(Buffer.from(body));
  add('<< /Type /Catalog /Pages 2 0 R >>');
  const firstPage = 6;
  const numbers = pages.map((_page, index) => firstPage + 3 * index);
  add(
    `<< /Type /Pages /Count ${pages.length} /Kids [${numbers.map((n) => `${n} 0 R`).join(' ')}] >>`,
  );
  const font = '/Type /Font /Subtype /Type1 /BaseFont /Helvetica';
  add(`<< ${font} >>`);
  add(`<< ${font} /ToUnicode 5 0 R >>`);
  add(stream('', Buffer.from(toPrivateUse)));
  for (const [index, page] of pages.entries()) {
    const number = firstPage + 3 * index;
    const box = `/MediaBox [0 0 ${page.width} ${page.height}]`;
    const resources = `/Resources << /Font << /F 3 0 R /G 4 0 R >> /XObject << /I ${number + 2} 0 R >> >>`;
    const rotate = page.rotate ? ` /Rotate ${page.rotate}` : '';
    add(`<< /Type /Page /Parent 2 0 R ${box} ${resources}${rotate} /Contents ${number + 1} 0 R >>`);
    add(stream('', Buffer.from(contentOf(page))));
    add(page.jpeg ? imageOf(page.jpeg) : 'null');
  }
  // Not really encrypted: the entry is enough for a reader to ask for a password that nobody has.
  const encrypt = options.encrypted
    ? ` /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'41'.repeat(32)}> /U <${'42'.repeat(32)}> >> /ID [<00> <00>]`
    : '';
  return assemble(objects, encrypt);
}

function contentOf({
  width,
  height,
  lines = [],
  rows = [],
  invisible = [],
  unmapped = [],
  outside = [],
  jpeg,
}: PdfPage): string {
  const { share = 1 } = jpeg ?? {};
  const image = jpeg ? `q ${width * share} 0 0 ${height * share} 0 0 cm /I Do Q\n` : '';
  const styled = [
    ...lines.map((line) => ['/F 14 Tf 0 Tr', line, 0] as const),
    ...invisible.map((line) => ['/F 14 Tf 3 Tr', line, 0] as const),
    ...unmapped.map((line) => ['/G 14 Tf 0 Tr', line, 0] as const),
    ...outside.map((line) => ['/F 14 Tf 0 Tr', line, height] as const),
  ];
  const text = styled.map(([style, line, below], index) => {
    const escaped = line.replaceAll(/[\\()]/g, (one) => `\\${one}`);
    return `BT ${style} 50 ${height - below - 60 - 24 * index} Td (${escaped}) Tj ET\n`;
  });
  const cells = rows.flatMap((row, down) =>
    row.map((cell, along) => {
      return `BT /F 14 Tf 0 Tr ${50 + 150 * along} ${height - 60 - 24 * down} Td (${cell}) Tj ET\n`;
    }),
  );
  return image + text.join('') + cells.join('');
}

/** A CMap: the letter with code n is U+E000 + n. */
const toPrivateUse = `begincmap
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <21> <7E> <E021> endbfrange
endcmap`;

function imageOf({ bytes, width, height }: NonNullable<PdfPage['jpeg']>): Buffer {
  const size = `/Width ${width} /Height ${height} /BitsPerComponent 8`;
  return stream(
    `/Type /XObject /Subtype /Image ${size} /ColorSpace /DeviceRGB /Filter /DCTDecode `,
    bytes,
  );
}

function stream(entries: string, bytes: Uint8Array): Buffer {
  const head = `<< ${entries}/Length ${bytes.length} >>\nstream\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\nendstream')]);
}

function assemble(objects: readonly Buffer[], trailer: string): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  let at = 9;
  const offsets: number[] = [];
  const write = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  for (const [index, body] of objects.entries()) {
    offsets.push(at);
    write(Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]));
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const end = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R${trailer} >>\nstartxref\n${at}\n%%EOF\n`;
  write(Buffer.from(end));
  return Buffer.concat(parts);
}
