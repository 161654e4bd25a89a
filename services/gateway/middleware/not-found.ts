// Behind all routes: no such address. (Wrong methods on known addresses: mount.ts.)
import type { RequestHandler } from 'express';
import { AppError } from '#core/errors.ts';

export const notFound: RequestHandler = () => {
  throw new AppError('route.not_found');
};
