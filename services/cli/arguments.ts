// The command line as data.
import { parseArgs } from 'node:util';
import { layouts, modelChoices, priorities } from '#core/domain/options.ts';
import {
  type ResultFormat,
  resultFormatNames,
  resultFormats,
} from '#core/domain/results/formats.ts';
import { type UploadStatus, uploadStatuses } from '#core/domain/states.ts';
import type { OptionName } from './catalogue.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

export interface Arguments {
  readonly command: string;
  /** Files or upload ids. */
  readonly operands: readonly string[];
  readonly url: string;
  readonly json: boolean;
  readonly help: boolean;
  readonly format: ResultFormat;
  readonly out: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly gameId: string | undefined;
  readonly userId: string | undefined;
  /** Of a retry: seconds that the engine may take. */
  readonly timeLimit: number | undefined;
  readonly pool: string | undefined;
  readonly status: UploadStatus | undefined;
  /** Entries that are shown at most. */
  readonly limit: number | undefined;
  readonly confirm: boolean;
  /** File with corrected data. */
  readonly data: string | undefined;
  /** Of the upload, as it was reviewed. */
  readonly version: number | undefined;
  /** Of the event after which events go on. */
  readonly cursor: string | undefined;
  /** Who commands, and why. */
  readonly by: string | undefined;
  readonly reason: string | undefined;
  /** That a drain lasts. */
  readonly seconds: number | undefined;
  /** Until a drained worker holds nothing. */
  readonly wait: boolean;
  /** Only those that were given. */
  readonly options: Readonly<Record<string, string>>;
}

const text = { type: 'string' } as const;
const known = {
  url: text,
  format: text,
  out: text,
  language: text,
  model: text,
  layout: text,
  priority: text,
  game: text,
  user: text,
  timeout: text,
  'time-limit': text,
  pool: text,
  status: text,
  limit: text,
  data: text,
  version: text,
  cursor: text,
  by: text,
  reason: text,
  seconds: text,
  wait: { type: 'boolean' },
  confirm: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies Record<OptionName, object>;

/** Throws CommandError (usage). `defaultUrl` from the environment. */
export function readArguments(argv: readonly string[], defaultUrl: string | undefined): Arguments {
  const { values, positionals } = parse(argv);
  const [command = '', ...operands] = positionals;
  const { language, model, layout, priority } = values;
  const options = {
    ...(language && { language }),
    ...(model && { model: oneOf('--model', model, modelChoices) }),
    ...(layout && { layout: oneOf('--layout', layout, layouts) }),
    ...(priority && { priority: oneOf('--priority', priority, priorities) }),
  };
  return {
    command,
    operands,
    url: serverUrl(values.url ?? defaultUrl ?? 'http://localhost:8080'),
    json: values.json ?? false,
    help: values.help ?? false,
    format: resultFormat(values),
    out: values.out,
    timeoutMs: seconds('--timeout', values.timeout, 1_000),
    gameId: values.game,
    userId: values.user,
    timeLimit: seconds('--time-limit', values['time-limit'], 1),
    pool: values.pool,
    status:
      values.status === undefined ? undefined : oneOf('--status', values.status, uploadStatuses),
    limit: whole('--limit', values.limit),
    confirm: values.confirm ?? false,
    data: values.data,
    version: whole('--version', values.version),
    cursor: values.cursor,
    by: values.by,
    reason: values.reason,
    seconds: whole('--seconds', values.seconds),
    wait: values.wait ?? false,
    options,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: known, allowPositionals: true });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function resultFormat({ format = 'text', out }: { format?: string; out?: string }): ResultFormat {
  const known = oneOf('--format', format, resultFormatNames);
  if (resultFormats[known].pictures && out === undefined) {
    throw wrong(`--format ${known} needs --out: it is no text`);
  }
  return known;
}

function serverUrl(given: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw wrong(`--url must be like http://host:port, not '${given}'`);
  }
  return given;
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw wrong(`${name} must be ${allowed.join(', ')}, not '${value}'`);
  return found;
}

/** In the unit of which a second has `parts`. */
function seconds(name: string, value: string | undefined, parts: number): number | undefined {
  if (value === undefined) return undefined;
  const amount = Number(value) * parts;
  if (!(amount > 0)) throw wrong(`${name} must be a number of seconds, not '${value}'`);
  return amount;
}

function whole(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw wrong(`${name} must be a whole number, not '${value}'`);
  return Number(value);
}

function wrong(message: string): CommandError {
  return new CommandError(exitCodes.usage, message);
}
