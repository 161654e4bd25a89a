// Small PDF files, written by hand: what the tests need and no library would write.

export interface PdfPage {
  /** In points. */
  readonly width: number;
  readonly height: number;
  /** Lines of text, from the top; in Helvetica, so a real text layer. */
  readonly lines?: readonly string[];
  /** A JPEG over the whole page, as scanners write it. */
  readonly jpeg?: { readonly bytes: Uint8Array; readonly width: number; readonly height: number };
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
  const firstPage = 4;
  const numbers = pages.map((_page, index) => firstPage + 3 * index);
  add(
    `<< /Type /Pages /Count ${pages.length} /Kids [${numbers.map((n) => `${n} 0 R`).join(' ')}] >>`,
  );
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  for (const [index, page] of pages.entries()) {
    const number = firstPage + 3 * index;
    const box = `/MediaBox [0 0 ${page.width} ${page.height}]`;
    const resources = `/Resources << /Font << /F 3 0 R >> /XObject << /I ${number + 2} 0 R >> >>`;
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

function contentOf({ width, height, lines = [], jpeg }: PdfPage): string {
  const image = jpeg ? `q ${width} 0 0 ${height} 0 0 cm /I Do Q\n` : '';
  const text = lines.map((line, index) => {
    const escaped = line.replaceAll(/[\\()]/g, (one) => `\\${one}`);
    return `BT /F 14 Tf 50 ${height - 60 - 24 * index} Td (${escaped}) Tj ET\n`;
  });
  return image + text.join('');
}

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
