// Logs: one JSON object a line on stdout. Short stable sentences, the rest as fields; never
// recognised text, never secrets, never signed URLs. What slips in with the text of an error, of whoever's
// library, is blotted out on its way.
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import { build as pretty } from 'pino-pretty';
import { createRedaction } from './redaction.ts';
import { createStdout, stdoutFd } from './stdout.ts';

export type Log = Logger;

export function createLog(options: {
  service: string;
  level: string;
  /** Default: `pretty` on a terminal. */
  format: 'json' | 'pretty' | undefined;
  /** Values that must not be seen: `secretsOf` the configuration. */
  secrets: readonly string[];
}): Log {
  const settings = {
    base: { service: options.service },
    level: options.level,
    // Lines are looked for by time of day; ISO is read by people and by every log store.
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  const redact = createRedaction(options.secrets);
  const out = outputOf(options.format ?? (isatty(stdoutFd) ? 'pretty' : 'json'));
  return pino(settings, { write: (line) => void out.write(redact(line)) });
}

function outputOf(format: 'json' | 'pretty'): { write(line: string): unknown } {
  if (format === 'json') return createStdout();
  // In this process, not in a thread: the last lines before a crash are the ones that matter.
  return pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' });
}
