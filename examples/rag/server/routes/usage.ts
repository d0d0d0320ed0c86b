import type { FastifyInstance } from 'fastify';
import { metersOf } from '../meters.js';
import type { Parts } from '../parts.js';
import { sessionOf } from '../visitor.js';

export function usageRoutes(app: FastifyInstance, { tenantry, workspace, readProjectUse }: Parts): void {
  app.get('/usage', async (request, reply) => {
    const { workspaceId } = sessionOf(request);
    const [tenant, holdings] = await Promise.all([tenantry.get(workspaceId), workspace(workspaceId).use()]);
    const use = tenant?.projectId === undefined ? undefined : await readProjectUse?.(tenant.projectId);
    const plan = tenant?.plan ?? '';
    return reply.page('usage', 'Usage', { plan, meters: metersOf(plan, holdings, use), holdings, use });
  });
}
