import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { callerOf, unauthorized } from '../api/callers.js';
import type { Reply, Route } from '../api/route.js';
import { routes } from '../api/routes.js';
import { unknownRoute } from '../api/unknown-route.js';
import type { Calls } from '../control/calls.js';
import { type Apply, noAnswer, struck } from '../control/effects.js';
import type { Faults } from '../control/faults.js';
import { controlRoutes } from '../control/routes.js';
import type { Neon } from '../neon.js';
import { now } from '../state/clock.js';
import { answerClientError } from './client-error.js';
import { errorReply } from './error-body.js';
import { parseJson } from './json-body.js';
import { RateLimits } from './rate-limits.js';
import { requestIdHeader, requestIdOf } from './request-id.js';
import { refuseWebPages } from './web-pages.js';

export const apiPrefix = '/api/v2';
export const controlPrefix = '/emulator';

export interface ServerParts {
  readonly neon: Neon;
  readonly faults: Faults;
  readonly calls: Calls;
}

/** The path that a call has been made for, with names in place of parameters. */
const routeOf = (request: FastifyRequest, path: string) =>
  request.routeOptions.url?.slice(apiPrefix.length) ?? path;

export function createServer(given: ServerParts): FastifyInstance {
  const parts = { ...given, rates: new RateLimits(given.neon.limits) };
  const app = fastify({
    genReqId: requestIdOf,
    routerOptions: { maxParamLength: 1024 },
    // A held reply must not hold up the end of the emulator.
    forceCloseConnections: true,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => fail(error, request, reply),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parseJson);
  app.setErrorHandler(fail);
  // Before any route, the control API and unknown paths included: nothing of such a request is looked at.
  app.addHook('onRequest', async (request) => refuseWebPages(request.raw, given.neon.address));
  app.setNotFoundHandler((request, reply) => answer(unknownRoute, request, reply, parts));
  for (const route of routes)
    app.route({
      method: route.method,
      url: apiPrefix + route.path,
      handler: (request, reply) =>
        answer(namesNothing(request) ? unknownRoute : route.handle, request, reply, parts),
    });
  app.register(async (control) => controlRoutes(control, parts.neon, parts.faults, parts.calls), {
    prefix: controlPrefix,
  });
  return app;
}

/** The router takes an empty segment for a parameter, and deleting what has no name must not be called a success. */
const namesNothing = (request: FastifyRequest) => Object.values(request.params ?? {}).includes('');

/** One call: who it is, what it does, what a fault makes of it. The reply waits until the disk has what it rests on. */
async function answer(
  handle: Route['handle'],
  request: FastifyRequest,
  reply: FastifyReply,
  { neon, faults, calls, rates }: ServerParts & { readonly rates: RateLimits },
): Promise<FastifyReply> {
  const path = request.url.slice(apiPrefix.length).split('?', 1)[0] ?? '';
  const route = routeOf(request, path);
  const caller = callerOf(request.headers.authorization, neon.store);
  const record = (status: number) =>
    calls.record({
      time: now(),
      method: request.method,
      path,
      route,
      status,
      request_id: request.id,
      authorization: caller?.kind ?? 'none',
    });

  const apply: Apply = async (influence) => {
    const { query, body } = request;
    const params = { method: request.method, path, ...(request.params as Record<string, string>) };
    try {
      if (caller === undefined) throw unauthorized();
      neon.keyUse.note(caller.id, { at: now(), from: request.ip });
      rates.admit(request.method, route);
      const result = await handle({ caller, params, query, body, ...influence }, neon);
      await neon.store.written();
      return result;
    } catch (error) {
      return errorReply(error, request.id);
    }
  };

  const fault = faults.strike(request.method, path);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const result = await (fault === undefined
    ? apply()
    : struck(fault, { faults, apply, query: request.query, gone: gone.signal })
  ).catch((error: unknown) => (gone.signal.aborted ? noAnswer : errorReply(error, request.id)));
  // A late effect may have come about without anybody left to hear of it.
  if (result === noAnswer || gone.signal.aborted) {
    record(0);
    request.raw.socket.destroy();
    return reply.hijack();
  }
  record(result.status);
  return send(result, request, reply);
}

function send(result: Reply, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.code(result.status).header(requestIdHeader, request.id);
  if (typeof result.body === 'string') reply.type('text/html; charset=utf-8');
  return reply.headers({ ...result.headers }).send(result.body);
}

function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return send(errorReply(error, request.id), request, reply);
}
