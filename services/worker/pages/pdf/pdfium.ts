// PDFium's C interface, compiled to WebAssembly: inside it even hostile files touch only its
// own memory. The package's own classes leak a page with every page opened, so the functions
// are called directly; their names are those of PDFium's headers (public/fpdfview.h, fpdf_text.h).
import { PDFiumLibrary } from '@hyzyla/pdfium';

/** A pointer into the module's memory; 0 is null. */
export type Pointer = number;

export interface Pdfium {
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  readonly HEAPF32: Float32Array;
  readonly HEAPF64: Float64Array;
  readonly wasmExports: { malloc(bytes: number): Pointer; free(at: Pointer): void };

  _FPDF_LoadMemDocument(bytes: Pointer, size: number, password: Pointer): Pointer;
  _FPDF_GetLastError(): number;
  _FPDF_CloseDocument(document: Pointer): void;
  _FPDF_GetPageCount(document: Pointer): number;
  /** Writes two floats, in points. */
  _FPDF_GetPageSizeByIndexF(document: Pointer, index: number, size: Pointer): number;
  _FPDF_LoadPage(document: Pointer, index: number): Pointer;
  _FPDF_ClosePage(page: Pointer): void;
  /** In quarters of a turn, clockwise. */
  _FPDFPage_GetRotation(page: Pointer): number;
  _FPDFPage_CountObjects(page: Pointer): number;
  _FPDFPage_GetObject(page: Pointer, index: number): Pointer;
  _FPDFPageObj_GetType(object: Pointer): number;
  /** Writes four floats: left, bottom, right, top in points. */
  _FPDFPageObj_GetBounds(
    object: Pointer,
    left: Pointer,
    bottom: Pointer,
    right: Pointer,
    top: Pointer,
  ): number;
  _FPDFFormObj_CountObjects(form: Pointer): number;
  _FPDFFormObj_GetObject(form: Pointer, index: number): Pointer;
  _FPDFTextObj_GetTextRenderMode(text: Pointer): number;

  _FPDFBitmap_CreateEx(
    width: number,
    height: number,
    format: number,
    buffer: Pointer,
    stride: number,
  ): Pointer;
  _FPDFBitmap_FillRect(
    bitmap: Pointer,
    left: number,
    top: number,
    width: number,
    height: number,
    colour: number,
  ): void;
  _FPDFBitmap_Destroy(bitmap: Pointer): void;
  _FPDF_RenderPageBitmap(
    bitmap: Pointer,
    page: Pointer,
    left: number,
    top: number,
    width: number,
    height: number,
    rotate: number,
    flags: number,
  ): void;

  _FPDFText_LoadPage(page: Pointer): Pointer;
  _FPDFText_ClosePage(text: Pointer): void;
  _FPDFText_CountChars(text: Pointer): number;
  _FPDFText_GetUnicode(text: Pointer, index: number): number;
  _FPDFText_HasUnicodeMapError(text: Pointer, index: number): number;
  /** Writes four doubles: left, right, bottom, top in points. */
  _FPDFText_GetCharBox(
    text: Pointer,
    index: number,
    left: Pointer,
    right: Pointer,
    bottom: Pointer,
    top: Pointer,
  ): number;
  /** Writes two 32-bit integers: a place of the page in pixels of a rendering. */
  _FPDF_PageToDevice(
    page: Pointer,
    left: number,
    top: number,
    width: number,
    height: number,
    rotate: number,
    x: number,
    y: number,
    deviceX: Pointer,
    deviceY: Pointer,
  ): number;
}

let loading: Promise<Pdfium> | undefined;
/** The module's memory never shrinks: beyond this the next PDF gets a new one. */
const mostKept = 64 * 1024 * 1024;

/** Loaded at the first PDF: it takes 30 ms, and most uploads are pictures. */
export function loadPdfium(): Promise<Pdfium> {
  loading ??= load();
  return loading;
}

/** To be called when nothing of the module is in use any more. */
export function releasePdfium(pdfium: Pdfium): void {
  if (pdfium.HEAPU8.length > mostKept) loading = undefined;
}

// Hints for its developers, which it leaves on the global object, would keep every module alive.
async function load(): Promise<Pdfium> {
  const before = new Set(Object.getOwnPropertyNames(globalThis));
  const library = await PDFiumLibrary.init();
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!before.has(name)) Reflect.deleteProperty(globalThis, name);
  }
  return (library as unknown as { module: Pdfium }).module;
}

/** Runs `use` with memory of the module for that many bytes. */
export function withMemory<T>(pdfium: Pdfium, bytes: number, use: (at: Pointer) => T): T {
  const at = allocate(pdfium, bytes);
  try {
    return use(at);
  } finally {
    pdfium.wasmExports.free(at);
  }
}

export function allocate(pdfium: Pdfium, bytes: number): Pointer {
  const at = pdfium.wasmExports.malloc(bytes);
  if (at === 0) throw new Error(`PDFium has no memory for ${bytes} bytes`);
  return at;
}
