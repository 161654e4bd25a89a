// A font without shapes, for words that are found and copied but not seen. Its one glyph is
// empty and half as wide as it is tall; every character has a code of its own, and a table says
// which Unicode character that is. So any script works and no real font is embedded.
import { hex4, type PdfFile, utf16Hex } from './pdf-file.ts';

export interface InvisibleFont {
  /** Of its object. */
  readonly number: number;
  /** Of every letter, in units of the font size. */
  readonly letterWidth: number;
  /** Codes of the letters in hexadecimal. */
  encode(letters: readonly string[]): string;
  /** The font itself; after all words are encoded. */
  objects(): AsyncGenerator<Uint8Array>;
}

/** Tesseract's pdf.ttf (Apache-2.0), a TrueType font of two empty glyphs. */
const glyphless =
  'AAEAAAAKAIAAAwAgT1MvMlbeyJQAAAEoAAAAYGNtYXAACgA0AAABkAAAAB5nbHlmFSJBJAAAAbgAAAAYaGVhZAt4' +
  '8WUAAACsAAAANmhoZWEMAgQCAAAA5AAAACRobXR4BAAAAAAAAYgAAAAIbG9jYQAMAAAAAAGwAAAABm1heHAABAAF' +
  'AAABCAAAACBuYW1l8usW2gAAAdAAAABLcG9zdAABAAEAAAIcAAAAIAABAAAAAQAAsJRxEF8PPPUEBwgAAAAAAM+a' +
  '/G4AAAAA1MOn8gAAAAAEAAgAAAAAEAACAAAAAAAAAAEAAAgA//8AAAQAAAAAAAQAAAEAAAAAAAAAAAAAAAAAAAAC' +
  'AAEAAAACAAQAAQAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAwAAAZAABQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUA' +
  'AQABAAAAAAAAAAAAAAAAAAAAAAAAAAAAR09PRwBAAAAAAAAB//8AAAABAAGAAAAAAAAAAAAAAAAAAAABAAAAAAAA' +
  'BAAAAAAAAAIAAQAAAAAAFAADAAAAAAAUAAYACgAAAAAAAAAAAAAAAAAMAAAAAQAAAAAEAAgAAAMAADEhESEEAPwA' +
  'CAAAAAADACoAAAADAAAABQAWAAAAAQAAAAAABQALABYAAwABBAkABQAWAAAAVgBlAHIAcwBpAG8AbgAgADEALgAw' +
  'VmVyc2lvbiAxLjAAAAEAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAA=';
/** Entries that a block of a character map may have. */
const mostEntries = 100;

export function createInvisibleFont(file: PdfFile): InvisibleFont {
  const numbers = Array.from({ length: 6 }, file.reserve) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [number, descendant, descriptor, program, glyphs, unicode] = numbers;
  const codes = new Map<string, number>();
  const codeOf = (letter: string) => {
    const known = codes.get(letter) ?? codes.size + 1;
    codes.set(letter, known);
    return known;
  };
  return {
    number,
    letterWidth: 0.5,
    encode: (letters) => letters.map((letter) => hex4(codeOf(letter))).join(''),
    async *objects() {
      yield file.object(
        number,
        `<< /Type /Font /Subtype /Type0 /BaseFont /GlyphLessFont /Encoding /Identity-H /DescendantFonts [${descendant} 0 R] /ToUnicode ${unicode} 0 R >>`,
      );
      yield file.object(
        descendant,
        `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /GlyphLessFont /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 500 /FontDescriptor ${descriptor} 0 R /CIDToGIDMap ${glyphs} 0 R >>`,
      );
      yield file.object(
        descriptor,
        `<< /Type /FontDescriptor /FontName /GlyphLessFont /Flags 5 /FontBBox [0 0 500 1000] /ItalicAngle 0 /Ascent 1000 /Descent -1 /CapHeight 1000 /StemV 80 /FontFile2 ${program} 0 R >>`,
      );
      const font = Uint8Array.from(atob(glyphless), (one) => one.charCodeAt(0));
      yield file.packed(program, `/Length1 ${font.length}`, font);
      // Two bytes for every code from 0 on: all of them are glyph 1.
      const map = new Uint8Array(2 * (codes.size + 1)).map((_, index) => index % 2);
      yield file.packed(glyphs, '', map);
      yield file.packed(unicode, '', new TextEncoder().encode(toUnicode([...codes])));
    },
  };
}

function toUnicode(codes: readonly (readonly [string, number])[]): string {
  const blocks = [];
  for (let from = 0; from < codes.length; from += mostEntries) {
    const rows = codes.slice(from, from + mostEntries).map(([letter, code]) => {
      return `<${hex4(code)}> <${utf16Hex(letter)}>\n`;
    });
    blocks.push(`${rows.length} beginbfchar\n${rows.join('')}endbfchar\n`);
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
${blocks.join('')}endcmap
CMapName currentdict /CMap defineresource pop
end
end
`;
}
