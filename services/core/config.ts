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

/** A bucket of an S3-compatible store when one is named, else a folder. */
export const objects = {
  /** Folder of the objects, shared by gateways and workers. */
  CRICKSY_OBJECTS_DIR: z.string().min(1).optional(),
  /** Bucket of the objects. */
  CRICKSY_S3_BUCKET: z.string().min(3).optional(),
  CRICKSY_S3_REGION: z.string().default('us-east-1'),
  /** URL of the store; absent: AWS. */
  CRICKSY_S3_ENDPOINT_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** The bucket in the path instead of the host name; default: as AWS wants it without an endpoint, in the path with one. */
  CRICKSY_S3_PATH_STYLE: flag.optional(),
  /** Absent: the credential chain of the AWS SDK (its variables, IRSA, container and instance roles). */
  CRICKSY_S3_ACCESS_KEY: z.string().optional(),
  CRICKSY_S3_SECRET_KEY: z.string().optional(),
  /** Encryption by the store of what we write; `setup bucket` makes it the bucket's default. */
  CRICKSY_S3_SSE: z.enum(['AES256', 'aws:kms']).optional(),
  /** Key of aws:kms; absent: the account's own. */
  CRICKSY_S3_SSE_KMS_KEY_ID: z.string().optional(),
};
export type ObjectsConfig = z.infer<z.ZodObject<typeof objects>>;

/** RabbitMQ, when a URL or a host is given; without either PostgreSQL carries the work. */
const broker = {
  /** amqp:// or amqps://user:password@host:port/vhost. Each of the next fields wins over its part. */
  CRICKSY_BROKER_URL: z.url({ protocol: /^amqps?$/ }).optional(),
  CRICKSY_BROKER_HOST: z.string().optional(),
  /** Default: 5672, with TLS 5671. */
  CRICKSY_BROKER_PORT: count.max(65_535).optional(),
  CRICKSY_BROKER_USER: z.string().optional(),
  /** Any characters, as they are. */
  CRICKSY_BROKER_PASSWORD: z.string().optional(),
  CRICKSY_BROKER_VHOST: z.string().optional(),
  CRICKSY_BROKER_TLS: flag.optional(),
  /** PEM of the authorities to trust; default: the system's. */
  CRICKSY_BROKER_CA: z.string().optional(),
  /** PEM of our certificate and its key, for brokers that ask for one. */
  CRICKSY_BROKER_CERT: z.string().optional(),
  CRICKSY_BROKER_KEY: z.string().optional(),
};
export type BrokerConfig = z.infer<z.ZodObject<typeof broker>>;

const whereBrokerIs = ['CRICKSY_BROKER_URL', 'CRICKSY_BROKER_HOST'];
/** Settings that mean nothing unless one of others is there. */
const onlyWith: Readonly<Record<string, readonly string[]>> = {
  CRICKSY_BROKER_PORT: whereBrokerIs,
  CRICKSY_BROKER_USER: whereBrokerIs,
  CRICKSY_BROKER_PASSWORD: whereBrokerIs,
  CRICKSY_BROKER_VHOST: whereBrokerIs,
  CRICKSY_BROKER_TLS: whereBrokerIs,
  CRICKSY_BROKER_CA: whereBrokerIs,
  CRICKSY_BROKER_CERT: ['CRICKSY_BROKER_KEY'],
  CRICKSY_BROKER_KEY: ['CRICKSY_BROKER_CERT'],
  CRICKSY_S3_ENDPOINT_URL: ['CRICKSY_S3_BUCKET'],
  CRICKSY_S3_ACCESS_KEY: ['CRICKSY_S3_SECRET_KEY'],
  CRICKSY_S3_SECRET_KEY: ['CRICKSY_S3_ACCESS_KEY'],
  CRICKSY_S3_SSE_KMS_KEY_ID: ['CRICKSY_S3_SSE'],
};

export const database = {
  /** postgresql:// URL of the ledger. A password with odd characters goes into the next field. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Password of the database; wins over the one in DATABASE_URL. */
  CRICKSY_DATABASE_PASSWORD: z.string().optional(),
  /** URL for LISTEN and session locks when DATABASE_URL leads through a transaction pooler. */
  CRICKSY_DATABASE_DIRECT_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
};

/** What every service uses. */
export const shared = {
  ...database,
  ...broker,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `pretty` is for people and the default on a terminal, `json` for everything else. */
  CRICKSY_LOG_FORMAT: z.enum(['json', 'pretty']).optional(),
};

/** Whether uploads may be read; within that operators switch. Off, they are taken and wait. */
export const enableOcr = { CRICKSY_ENABLE_OCR: flag.default(true) };

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
  mistakes.push(...alone(Object.keys(values)));
  const result = schema.safeParse(values);
  if (!result.success) mistakes.push(...result.error.issues.map(describe));
  if (mistakes.length > 0 || !result.success) throw new ConfigError(mistakes);
  return Object.freeze(result.data);
}

const secret = /_(PASSWORD|SECRET|SECRET_KEY|TOKEN|KEY)$/;

/** Values that must not be seen anywhere: those of secret settings, and passwords inside of URLs. */
export function secretsOf(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (typeof value !== 'string') return [];
    if (secret.test(name)) return [value];
    const { password } = URL.canParse(value) ? new URL(value) : { password: '' };
    return password ? [password, decodeURIComponent(password)] : [];
  });
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(mistakes: readonly string[]) {
    super(`the configuration is not valid\n${mistakes.map((line) => `  ${line}`).join('\n')}`);
  }
}

function alone(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const others = onlyWith[name];
    if (!others || others.some((other) => names.includes(other))) return [];
    return [`${name}: has no effect without ${others.join(' or ')}`];
  });
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
