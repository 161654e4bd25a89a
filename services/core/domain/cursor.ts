// Cursors are opaque to clients: base64url of a tag and what the next read needs.
import { AppError } from '../errors.ts';

/** The cursor after which everything has a higher position. */
export function encodePosition(position: number): string {
  return encode(`e${position}`);
}

/** Throws `events.cursor_invalid`. */
export function decodePosition(cursor: string): number {
  const digits = /^e(\d{1,15})$/.exec(decode(cursor))?.[1];
  if (digits === undefined) throw new AppError('events.cursor_invalid');
  return Number(digits);
}

export interface Place {
  readonly createdAt: string;
  readonly id: string;
}

/** A place in the list of uploads. */
export function encodePlace({ createdAt, id }: Place): string {
  return encode(`u${createdAt}|${id}`);
}

// As PostgreSQL writes them: a time with its zone, a UUID.
const place =
  /^u((?!0000)(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?[+-](?:0\d|1[0-4])(?::[0-5]\d)?)\|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Throws `list.cursor_invalid`. */
export function decodePlace(cursor: string): Place {
  const [, createdAt, date, time, id] = place.exec(decode(cursor)) ?? [];
  if (createdAt === undefined || id === undefined || !happens(`${date}T${time}`)) {
    throw new AppError('list.cursor_invalid');
  }
  return { createdAt, id };
}

/** False for the 30th of February, which Date takes for a day of March, as for the 99th. */
function happens(time: string): boolean {
  const at = new Date(`${time}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(time);
}

function encode(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decode(cursor: string): string {
  try {
    return atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return '';
  }
}
