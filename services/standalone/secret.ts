import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

/** Secret of signed URLs; kept, so that URLs survive a restart. */
export function signingSecret(directory: string): string {
  const file = path.join(directory, 'signing-secret');
  return readSecret(file) || makeSecret(file, 32);
}

/** Empty when there is none, or none that was ever written to the end. */
export function readSecret(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

/** Whole or not at all, whenever we are killed or the power goes. */
export function makeSecret(file: string, bytes: number): string {
  const secret = randomBytes(bytes).toString('base64url');
  const draft = openSync(`${file}.new`, 'w', 0o600);
  writeSync(draft, secret);
  fsyncSync(draft);
  closeSync(draft);
  renameSync(`${file}.new`, file);
  return secret;
}
