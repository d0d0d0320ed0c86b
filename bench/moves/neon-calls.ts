import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { databaseName, defaultBranchName, ownerRoleName } from '../../tenancy/naming.js';

type Environment = Readonly<Record<string, string | undefined>>;

const created = z.object({
  project: z.object({ id: z.string() }),
  connection_uris: z.array(z.object({ connection_uri: z.string() })).min(1),
});
const operations = z.object({ operations: z.array(z.object({ status: z.string() })) });
const endpoints = z.object({ endpoints: z.array(z.object({ id: z.string() })) });

/** What a move by replication would ask of Neon besides what a move asks. */
export function neonCalls(environment: Environment) {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(environment.NEON_API_HOST + path, {
      method,
      headers: { authorization: `Bearer ${environment.NEON_API_KEY}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  const settled = async (projectId: string): Promise<void> => {
    const pending = async () =>
      operations
        .parse(await call('GET', `/projects/${projectId}/operations`))
        .operations.some(({ status }) => status === 'scheduling' || status === 'running');
    while (await pending()) await sleep(20);
  };
  return {
    /** An empty project with the names that a tenant's has, and its owner's connection string. */
    async createProject(): Promise<{ readonly id: string; readonly owner: string }> {
      const branch = { name: defaultBranchName, database_name: databaseName, role_name: ownerRoleName };
      const project = {
        name: 'by-replication',
        branch,
        history_retention_seconds: 0,
        org_id: environment.NEON_ORG_ID,
        default_endpoint_settings: { suspend_timeout_seconds: -1 },
      };
      const answer = created.parse(await call('POST', '/projects', { project }));
      await settled(answer.project.id);
      return { id: answer.project.id, owner: answer.connection_uris[0]?.connection_uri ?? '' };
    },
    /** Neon restarts all computes of the project with it, and there is no way back. */
    async enableLogicalReplication(projectId: string): Promise<void> {
      const settings = { enable_logical_replication: true };
      await call('PATCH', `/projects/${projectId}`, { project: { settings } });
      await settled(projectId);
      const found = endpoints.parse(await call('GET', `/projects/${projectId}/endpoints`));
      for (const { id } of found.endpoints)
        await call('POST', `/projects/${projectId}/endpoints/${id}/restart`);
      await settled(projectId);
    },
    async deleteProject(projectId: string): Promise<void> {
      await call('DELETE', `/projects/${projectId}`);
    },
  };
}

export type NeonCalls = ReturnType<typeof neonCalls>;
