// How an upload is to be read, chosen at initiate or when it is read again.

/** In the order in which `auto` takes the first that is installed. */
export const models = ['fast', 'accurate'] as const;
export type Model = (typeof models)[number];
export const modelChoices = ['auto', ...models] as const;
export type ModelChoice = (typeof modelChoices)[number];

/** `auto` finds the layout of the page, `table` takes it as one block of rows, `line` as a single line. */
export const layouts = ['auto', 'table', 'line'] as const;
export type Layout = (typeof layouts)[number];

/** `interactive`: somebody waits for it; `bulk`: an import that must not delay those. */
export const priorities = ['interactive', 'bulk'] as const;
export type Priority = (typeof priorities)[number];

export interface ReadOptions {
  /** Tesseract language codes joined by `+`, for example `eng` or `eng+hin`. */
  readonly language: string;
  readonly model: ModelChoice;
  readonly layout: Layout;
}

/** With `auto` decided by the engine that reads: this is what results record. */
export interface SettledOptions extends ReadOptions {
  readonly model: Model;
}

export const defaultReadOptions: ReadOptions = { language: 'eng', model: 'auto', layout: 'auto' };
export const languagePattern = /^[a-zA-Z_]{2,20}(\+[a-zA-Z_]{2,20}){0,3}$/;
