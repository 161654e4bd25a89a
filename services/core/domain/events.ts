// The kinds of event that listeners are told of.
import { type pageStatuses, uploadStatuses } from './states.ts';

export type EventType =
  | `upload.${(typeof uploadStatuses)[number]}`
  | `page.${Exclude<(typeof pageStatuses)[number], 'waiting'>}`
  | 'upload.deleted'
  | 'switch.changed';

export const eventTypes: readonly EventType[] = [
  ...uploadStatuses.map((status) => `upload.${status}` as const),
  'page.done',
  'page.failed',
  'upload.deleted',
  'switch.changed',
];
