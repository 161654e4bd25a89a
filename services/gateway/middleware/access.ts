// One line and one observation for each request, when its answer has ended or its caller left.
// The route's pattern stands for the address: paths and queries carry ids, tokens, signatures.
import type { RequestHandler } from 'express';
import type { ObserveRequest } from '#core/metrics.ts';
import { contextOf } from '../context.ts';

/** As in the logs of nginx: the caller hung up before there was an answer. */
const callerLeft = 499;

export function access(observe: ObserveRequest | undefined): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const ended = observe?.();
    response.once('close', () => {
      const { log, route } = contextOf(response);
      const { method } = request;
      const ms = performance.now() - started;
      const status = response.writableFinished ? response.statusCode : callerLeft;
      ended?.({ method, route, status, seconds: ms / 1_000 });
      log.debug({ method, route, status, ms: Math.round(ms * 10) / 10 }, 'request');
    });
    next();
  };
}
