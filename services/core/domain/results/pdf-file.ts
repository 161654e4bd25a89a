// The syntax of a PDF file, written from front to back: objects as they come, then the table of
// where they lie. ISO 32000-1, 7.5.

export interface PdfFile {
  /** The number of an object that is written later. */
  reserve(): number;
  begin(): Uint8Array;
  object(number: number, body: string): Uint8Array;
  /** `entries` of the dictionary, without its length. */
  stream(number: number, entries: string, bytes: Uint8Array): Uint8Array;
  /** A stream that is deflated here. */
  packed(number: number, entries: string, bytes: Uint8Array): Promise<Uint8Array>;
  end(references: { root: string; info: string }): Uint8Array;
}

export function pdfFile(): PdfFile {
  const offsets: number[] = [];
  let at = 0;
  let reserved = 0;
  const write = (bytes: Uint8Array) => {
    at += bytes.length;
    return bytes;
  };
  const placed = (number: number, bytes: Uint8Array) => {
    offsets[number] = at;
    return write(bytes);
  };
  const stream: PdfFile['stream'] = (number, entries, bytes) => {
    const head = `${number} 0 obj\n<< ${entries} /Length ${bytes.length} >>\nstream\n`;
    return placed(number, concat([ascii(head), bytes, ascii('\nendstream\nendobj\n')]));
  };
  return {
    reserve: () => ++reserved,
    // Bytes above 127 in a comment: programs that move files take it for binary.
    begin: () => write(concat([ascii('%PDF-1.5\n%'), Uint8Array.of(0xe2, 0xe3, 0xcf, 0xd3, 0x0a)])),
    object: (number, body) => placed(number, ascii(`${number} 0 obj\n${body}\nendobj\n`)),
    stream,
    async packed(number, entries, bytes) {
      return stream(number, `${entries} /Filter /FlateDecode`, await deflate(bytes));
    },
    end({ root, info }) {
      const size = reserved + 1;
      const rows = Array.from({ length: reserved }, (_, index) => {
        return `${String(offsets[index + 1] ?? 0).padStart(10, '0')} 00000 n \n`;
      });
      return ascii(
        `xref\n0 ${size}\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size ${size} /Root ${root} /Info ${info} >>\nstartxref\n${at}\n%%EOF\n`,
      );
    },
  };
}

/** Any text as a string object: UTF-16 with a byte order mark. */
export function pdfText(text: string): string {
  return `<FEFF${utf16Hex(text)}>`;
}

export function utf16Hex(text: string): string {
  return Array.from({ length: text.length }, (_, index) => hex4(text.charCodeAt(index))).join('');
}

export function hex4(number: number): string {
  return number.toString(16).toUpperCase().padStart(4, '0');
}

/** To a thousandth, never with an exponent. */
export function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream();
  return new Response(stream.pipeThrough(new CompressionStream('deflate'))).bytes();
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
