// Logs: one JSON object a line on stdout. Short stable sentences, the rest as fields; never
// recognised text, never secrets, never signed URLs.
import { type Logger, pino } from 'pino';
import { build as pretty } from 'pino-pretty';
import { createStdout } from './stdout.ts';

export type Log = Logger;

export function createLog(options: {
  service: string;
  level: string;
  format: 'json' | 'pretty';
}): Log {
  const settings = {
    base: { service: options.service },
    level: options.level,
    // Lines are looked for by time of day; ISO is read by people and by every log store.
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  if (options.format === 'json') return pino(settings, createStdout());
  // In this process, not in a thread: the last lines before a crash are the ones that matter.
  return pino(settings, pretty({ sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss' }));
}
