// Fields that messages have in common, without a name of their own in OpenAPI.
import { z } from 'zod';
import { longestLabel } from './domain/label.ts';

export const time = z.iso.datetime();
/** A word or a name of somebody else's. */
export const label = z
  .string()
  .min(1)
  .max(longestLabel)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters');
