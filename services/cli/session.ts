import type { Api } from './api.ts';
import type { Arguments } from './arguments.ts';
import type { Display } from './display.ts';

/** What every command is given. */
export interface Session {
  readonly given: Arguments;
  readonly display: Display;
  /** Fires at Ctrl-C and at --timeout, with the CommandError that says which. */
  readonly signal: AbortSignal;
  readonly connect: (signal: AbortSignal) => Api;
  /** Who runs this command line, if that has a name. */
  readonly user: string | undefined;
  /** To stdout. */
  readonly print: (text: string) => void;
}
