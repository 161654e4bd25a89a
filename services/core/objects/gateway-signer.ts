// URLs that lead to the gateway, which passes the bytes on to the store behind it.
import { checkKey } from './key.ts';
import type { Signer } from './objects.ts';
import { signUrl } from './signed-url.ts';

/** `now`: Unix milliseconds. */
export function createGatewaySigner({
  secret,
  now,
}: {
  readonly secret: string;
  readonly now: () => number;
}): Signer {
  const expiry = (seconds: number) => Math.floor(now() / 1_000) + seconds;
  return {
    async presignPut({ key, expiresIn, origin, ...rest }) {
      checkKey(key);
      return signUrl(
        { method: 'PUT', key, expires: expiry(expiresIn), ...rest },
        { secret, origin },
      );
    },
    async presignGet({ key, expiresIn, origin, ...rest }) {
      checkKey(key);
      return signUrl(
        { method: 'GET', key, expires: expiry(expiresIn), ...rest },
        { secret, origin },
      );
    },
  };
}
