// The configuration's reader and the fields that several processes share. Each component
// lists its own beside its main.ts; only a main.ts hands in the environment.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** `true`, `1`, `yes`, `on` and their opposites. */
export const flag = z.stringbool();

/** A number of whole units, zero allowed. */
export const count = z.coerce.number().int().nonnegative();

/** Items separated by commas. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

export const shared = {
  /** postgresql:// URL of the ledger. A password with odd characters goes into the next field. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Password of the database; wins over the one in DATABASE_URL. */
  CRICKSY_DATABASE_PASSWORD: z.string().optional(),
  /** URL for LISTEN and session locks when DATABASE_URL leads through a transaction pooler. */
  CRICKSY_DATABASE_DIRECT_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Which broker carries the work. */
  CRICKSY_BROKER: z.enum(['postgres']).default('postgres'),
  /** Where bytes are kept. */
  CRICKSY_OBJECTS: z.enum(['filesystem']).default('filesystem'),
  /** Folder of the `filesystem` store, shared by gateways and workers. */
  CRICKSY_OBJECTS_DIR: z.string().min(1),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `pretty` is for a person at a terminal, `json` for everything else. */
  CRICKSY_LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  /** Seconds that a stopping process may take to finish its work. */
  CRICKSY_SHUTDOWN_GRACE: count.default(25),
  /** A feature switch: off, uploads are refused with `uploads.disabled`. */
  CRICKSY_ENABLE_UPLOADS: flag.default(true),
  /** A feature switch: off, uploads are taken and wait until it is on again. */
  CRICKSY_ENABLE_OCR: flag.default(true),
};

/**
 * Reads a whole configuration at once, so that a bad deployment names every mistake in one
 * start. `NAME_FILE` names a file that holds the value of `NAME`; empty variables count as absent.
 */
export function readConfig<T extends z.ZodObject>(
  schema: T,
  env: NodeJS.ProcessEnv,
): Readonly<z.infer<T>> {
  const values: Record<string, string> = {};
  const mistakes: string[] = [];
  for (const name of Object.keys(schema.shape)) {
    const file = env[`${name}_FILE`];
    const value = file ? readValue(`${name}_FILE`, file, mistakes) : env[name];
    if (value !== undefined && value !== '') values[name] = value;
  }
  const result = schema.safeParse(values);
  if (!result.success) mistakes.push(...result.error.issues.map(describe));
  if (mistakes.length > 0 || !result.success) throw new ConfigError(mistakes);
  return Object.freeze(result.data);
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(mistakes: readonly string[]) {
    super(`the configuration is not valid\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
  }
}

function readValue(name: string, file: string, mistakes: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (error) {
    mistakes.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function describe(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`;
}
