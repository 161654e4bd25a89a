import { AppError } from '../errors.ts';

const segment = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/** A key is made of plain names joined by `/`. Throws `objects.not_found`: no object has another key. */
export function checkKey(key: string): void {
  if (key.length > 500 || !key.split('/').every((part) => segment.test(part))) {
    throw new AppError('objects.not_found', 'there can be no object of that key');
  }
}

/** A prefix is a key with a `/` at its end, so that `a/1/` never takes `a/10` with it. */
export function checkPrefix(prefix: string): void {
  if (!prefix.endsWith('/')) throw new RangeError(`the prefix ${prefix} must end with a slash`);
  checkKey(prefix.slice(0, -1));
}
