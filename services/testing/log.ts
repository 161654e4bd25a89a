import { createLog, type Log } from '#core/log.ts';

export const silentLog: Log = createLog({
  service: 'test',
  level: 'silent',
  format: 'json',
  secrets: [],
});
