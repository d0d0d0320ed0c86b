import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parse } from '../api/route.js';
import { operationView } from '../api/views/operation.js';
import { forbidden, notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import type { Endpoint } from '../state/records.js';
import type { Calls } from './calls.js';
import { summaryOf } from './calls-summary.js';
import { everythingOf } from './everything.js';
import { faultInput } from './fault-input.js';
import type { Faults } from './faults.js';
import { enterUsage, usageInput, usageView } from './usage.js';

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** The emulator's own levers, apart from Neon's API: no key, but only for this machine. */
export function controlRoutes(app: FastifyInstance, neon: Neon, faults: Faults, calls: Calls): void {
  app.addHook('onRequest', async (request) => {
    if (!loopback.has(request.socket.remoteAddress ?? '')) throw forbidden('only from this machine');
  });

  app.get('/calls', async () => ({ calls: calls.list() }));
  app.get('/calls/summary', async () => summaryOf(calls.list()));
  app.delete('/calls', async (_, reply) => {
    calls.clear();
    return reply.code(204).send();
  });

  app.get('/projects', async () => ({
    projects: neon.store.of.project.all().map((project) => everythingOf(project, neon)),
  }));

  app.get('/usage', async () => ({
    usage: neon.store.of.project.all().flatMap(({ id }) => neon.meter.usageOf(id).map(usageView)),
  }));
  app.post('/usage', async (request, reply) => {
    enterUsage(parse(usageInput, request.body), neon);
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>('/endpoints/:id/check_availability', async (request, reply) => {
    const { duration_ms } = parse(checkInput, request.body);
    const fate = duration_ms === undefined ? undefined : ({ kind: 'last', ms: duration_ms } as const);
    const operations = neon.checker.check(endpointOf(request.params.id, neon), () => fate);
    return reply.code(201).send({ operations: operations.map(operationView) });
  });
  app.post<{ Params: { id: string } }>('/endpoints/:id/drop_connections', async (request, reply) => {
    neon.gateway.turnOut(endpointOf(request.params.id, neon).id);
    return reply.code(204).send();
  });

  app.get('/faults', async () => ({ faults: faults.list() }));
  app.post('/faults', async (request, reply) =>
    reply.code(201).send({ fault: faults.add(parse(faultInput, request.body)) }),
  );
  app.delete('/faults', async (_, reply) => {
    for (const { id } of faults.list()) faults.remove(id);
    return reply.code(204).send();
  });
  app.delete<{ Params: { id: string } }>('/faults/:id', async (request, reply) => {
    if (!faults.remove(request.params.id)) throw notFound('no such fault');
    return reply.code(204).send();
  });
}

const checkInput = z.object({ duration_ms: z.int().min(0).max(600_000).optional() });

function endpointOf(id: string, { store }: Neon): Endpoint {
  const endpoint = store.of.endpoint.get(id);
  if (endpoint === undefined) throw notFound('no such endpoint');
  return endpoint;
}
