import type { FastifyInstance } from 'fastify';
import { parse } from '../api/route.js';
import { forbidden, notFound } from '../errors.js';
import type { Neon } from '../neon.js';
import type { Calls } from './calls.js';
import { type Faults, faultInput } from './faults.js';

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** The emulator's own levers, apart from Neon's API: no key, but only for this machine. */
export function controlRoutes(app: FastifyInstance, neon: Neon, faults: Faults, calls: Calls): void {
  app.addHook('onRequest', async (request) => {
    if (!loopback.has(request.socket.remoteAddress ?? '')) throw forbidden('only from this machine');
  });

  app.get('/calls', async () => ({ calls: calls.list() }));
  app.delete('/calls', async (_, reply) => {
    calls.clear();
    return reply.code(204).send();
  });

  app.get('/projects', async () => ({
    projects: neon.store.of.project.all().map((p) => everything(p.id, neon)),
  }));

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

/** What exists, soft-deleted projects included, and what of it is real. */
function everything(projectId: string, { store, computes }: Neon) {
  const project = store.of.project.get(projectId);
  return {
    id: projectId,
    name: project?.name,
    deleted_at: project?.deleted_at ?? null,
    recoverable_until: project?.recoverable_until ?? null,
    branches: store.of.branch.in(projectId).map((branch) => ({
      id: branch.id,
      name: branch.name,
      has_data: computes.hasData(branch),
      compute: computes.socketOf(branch.id) === undefined ? 'stopped' : 'running',
    })),
    endpoints: store.of.endpoint
      .in(projectId)
      .map(({ id, port, current_state }) => ({ id, port, current_state })),
  };
}
