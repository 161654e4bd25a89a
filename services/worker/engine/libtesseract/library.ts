// libtesseract's C interface (capi.h), called without a compiler. Only what we use.
import koffi, { type LibraryHandle, type TypeObject } from 'koffi';

/** TessBaseAPI*, ETEXT_DESC*: opaque to us. */
export type Api = { readonly brand: 'TessBaseAPI' };
export type Monitor = { readonly brand: 'ETEXT_DESC' };

export interface Tesseract {
  readonly version: string;
  create(): Api;
  destroy(api: Api): void;
  /** 0 when the models were found and loaded. */
  init(api: Api, datapath: string, language: string, engineMode: number): number;
  setVariable(api: Api, name: string, value: string): boolean;
  setPageSegMode(api: Api, mode: number): void;
  /** Copies the pixels. */
  setImage(
    api: Api,
    data: Uint8Array,
    width: number,
    height: number,
    bytesPerPixel: number,
    bytesPerLine: number,
  ): void;
  setSourceResolution(api: Api, dpi: number): void;
  /** On a thread of its own; resolves with 0, or with -1 when the deadline ended it. */
  recognise(api: Api, monitor: Monitor): Promise<number>;
  tsv(api: Api): string;
  clear(api: Api): void;
  clearAdaptiveClassifier(api: Api): void;
  createMonitor(): Monitor;
  destroyMonitor(monitor: Monitor): void;
  /** 0 to 100. */
  progress(monitor: Monitor): number;
  setDeadline(monitor: Monitor, ms: number): void;
}

// Without a folder the system's loader searches; Homebrew's folders are not among its places.
const names: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libtesseract.so.5'],
  darwin: [
    '/opt/homebrew/lib/libtesseract.5.dylib',
    '/usr/local/lib/libtesseract.5.dylib',
    'libtesseract.5.dylib',
  ],
};

export const howToInstall =
  process.platform === 'darwin'
    ? 'brew install tesseract'
    : 'apt-get install libtesseract5 tesseract-ocr-eng';

export function loadTesseract(): Tesseract {
  const library = loadFirst(names[process.platform] ?? []);
  if (!library) throw new Error(`Tesseract's library is not installed: ${howToInstall}`);
  const api = koffi.pointer(koffi.opaque());
  const monitor = koffi.pointer(koffi.opaque());
  const bind = (name: string, result: string | TypeObject, args: (string | TypeObject)[]) =>
    library.func(name, result, args);

  const recognise = bind('TessBaseAPIRecognize', 'int', [api, monitor]);
  // The text is the library's: read, then freed by it.
  const text = koffi.disposable('str', bind('TessDeleteText', 'void', ['void *']));
  const setVariable = bind('TessBaseAPISetVariable', 'int', [api, 'str', 'str']);
  const tsv = bind('TessBaseAPIGetTsvText', text, [api, 'int']);
  return {
    version: bind('TessVersion', 'str', [])(),
    create: bind('TessBaseAPICreate', api, []),
    destroy: bind('TessBaseAPIDelete', 'void', [api]),
    init: bind('TessBaseAPIInit2', 'int', [api, 'str', 'str', 'int']),
    setVariable: (handle, name, value) => setVariable(handle, name, value) !== 0,
    setPageSegMode: bind('TessBaseAPISetPageSegMode', 'void', [api, 'int']),
    setImage: bind('TessBaseAPISetImage', 'void', [api, 'uint8 *', 'int', 'int', 'int', 'int']),
    setSourceResolution: bind('TessBaseAPISetSourceResolution', 'void', [api, 'int']),
    recognise: (handle, watch) =>
      new Promise((resolve, reject) => {
        recognise.async(handle, watch, (error: Error | null, result: number) => {
          if (error) reject(error);
          else resolve(result);
        });
      }),
    tsv: (handle) => tsv(handle, 0) ?? '',
    clear: bind('TessBaseAPIClear', 'void', [api]),
    clearAdaptiveClassifier: bind('TessBaseAPIClearAdaptiveClassifier', 'void', [api]),
    createMonitor: bind('TessMonitorCreate', monitor, []),
    destroyMonitor: bind('TessMonitorDelete', 'void', [monitor]),
    progress: bind('TessMonitorGetProgress', 'int', [monitor]),
    setDeadline: bind('TessMonitorSetDeadlineMSecs', 'void', [monitor, 'int']),
  };
}

function loadFirst(candidates: readonly string[]): LibraryHandle | undefined {
  for (const name of candidates) {
    try {
      return koffi.load(name);
    } catch {
      // Not there; the next place.
    }
  }
  return undefined;
}
