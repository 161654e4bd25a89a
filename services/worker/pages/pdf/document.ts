// PDF: rendered by PDFium in grey. The raster's size is computed from the page's size before
// anything is rendered; a file of 200 bytes can ask for gigabytes.
import { readFile } from 'node:fs/promises';
import { AppError, type ErrorCode } from '#core/errors.ts';
import type { GreyImage } from '../../engine/engine.ts';
import type { Page, PageLimits, PageSource } from '../page-source.ts';
import { previewSide } from '../preview.ts';
import { fitWithin, renderDpi, renderSize, type Size } from '../scale.ts';
import {
  allocate,
  loadPdfium,
  type Pdfium,
  type Pointer,
  releasePdfium,
  withMemory,
} from './pdfium.ts';
import { readTextLayer } from './text-layer.ts';

/** FPDF_ERR_*: what FPDF_GetLastError says after a document did not load. */
const loadErrors: Record<number, ErrorCode> = { 4: 'file.encrypted', 5: 'file.encrypted' };
const FPDFBitmap_Gray = 1;
/** FPDF_ANNOT | FPDF_GRAYSCALE: with what people wrote on the page, without colours. */
const renderFlags = 0x01 | 0x08;
const white = 0xffffffff;
const pointsPerInch = 72;

export async function openPdf(path: string, limits: PageLimits): Promise<PageSource> {
  const [pdfium, bytes] = await Promise.all([loadPdfium(), readFile(path)]);
  const memory = allocate(pdfium, bytes.length);
  pdfium.HEAPU8.set(bytes, memory);
  const document = pdfium._FPDF_LoadMemDocument(memory, bytes.length, 0);
  const close = () => {
    if (document) pdfium._FPDF_CloseDocument(document);
    pdfium.wasmExports.free(memory);
    releasePdfium(pdfium);
  };
  try {
    if (!document) throw notLoaded(pdfium._FPDF_GetLastError());
    const pageCount = pdfium._FPDF_GetPageCount(document);
    if (pageCount < 1) throw new AppError('file.empty', 'the PDF has no pages');
    if (pageCount > limits.pages) {
      throw new AppError(
        'file.too_many_pages',
        `the PDF has ${pageCount} pages, ${limits.pages} are allowed`,
      );
    }
    return {
      pageCount,
      openPage: async (number) => openPage(pdfium, document, number, limits),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function notLoaded(reason: number): AppError {
  const code = loadErrors[reason] ?? 'file.corrupt';
  return code === 'file.encrypted'
    ? new AppError(code, 'the PDF opens only with a password')
    : new AppError(code, 'the PDF cannot be parsed');
}

function openPage(pdfium: Pdfium, document: Pointer, number: number, limits: PageLimits): Page {
  const points = pageSize(pdfium, document, number);
  // At 72 dots an inch a page has a pixel for every point: what programs that wrap a photo write.
  if (points.width * points.height > limits.pagePixels) {
    const inches = `${inInches(points.width)} x ${inInches(points.height)} inches`;
    throw new AppError('page.too_large', `page ${number} is ${inches} large`);
  }
  const dpi = renderDpi(points);
  const size = renderSize(points, dpi);
  const page = pdfium._FPDF_LoadPage(document, number - 1);
  if (!page) throw new AppError('page.corrupt', `page ${number} cannot be loaded`);
  let isText = false;
  return {
    ...size,
    angle: pdfium._FPDFPage_GetRotation(page) * 90,
    async textLayer() {
      const words = readTextLayer(pdfium, page, points, size);
      isText = words !== undefined;
      return words;
    },
    async raster() {
      if (!isText) return { ...render(pdfium, page, size), dpi: Math.round(dpi) };
      // Only to be looked at: nothing is left to recognise.
      return { ...render(pdfium, page, fitWithin(size, previewSide)), dpi: undefined };
    },
    original: undefined,
    needsPreview: true,
    close: () => pdfium._FPDF_ClosePage(page),
  };
}

function pageSize(pdfium: Pdfium, document: Pointer, number: number): Size {
  return withMemory(pdfium, 8, (at) => {
    const found = pdfium._FPDF_GetPageSizeByIndexF(document, number - 1, at);
    const [width = 0, height = 0] = pdfium.HEAPF32.subarray(at / 4, at / 4 + 2);
    if (!found || !(width > 0) || !(height > 0)) {
      throw new AppError('page.corrupt', `page ${number} has no size`);
    }
    return { width, height };
  });
}

function render(pdfium: Pdfium, page: Pointer, { width, height }: Size): Omit<GreyImage, 'dpi'> {
  const bytes = width * height;
  return withMemory(pdfium, bytes, (at) => {
    const bitmap = pdfium._FPDFBitmap_CreateEx(width, height, FPDFBitmap_Gray, at, width);
    if (!bitmap) throw new Error(`PDFium has no bitmap of ${width} x ${height}`);
    try {
      pdfium._FPDFBitmap_FillRect(bitmap, 0, 0, width, height, white);
      pdfium._FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, renderFlags);
      return { width, height, data: pdfium.HEAPU8.slice(at, at + bytes) };
    } finally {
      pdfium._FPDFBitmap_Destroy(bitmap);
    }
  });
}

function inInches(points: number): number {
  return Math.round(points / pointsPerInch);
}
