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

const place = /^u(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-][\d:]+)\|([0-9a-f-]{36})$/;

/** Throws `list.cursor_invalid`. */
export function decodePlace(cursor: string): Place {
  const [, createdAt, id] = place.exec(decode(cursor)) ?? [];
  if (createdAt === undefined || id === undefined) throw new AppError('list.cursor_invalid');
  return { createdAt, id };
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
