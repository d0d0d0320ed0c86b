import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { distinct, neonId, neonWord } from './shapes.js';
import { operationsReply, startedBy } from './started-operations.js';

const endpointSchema = z.object({
  id: neonId,
  branch_id: neonId,
  host: z.string().max(300),
  type: neonWord,
  current_state: neonWord,
  autoscaling_limit_min_cu: z.number(),
  autoscaling_limit_max_cu: z.number(),
  suspend_timeout_seconds: z.number(),
});

export type NeonEndpoint = z.infer<typeof endpointSchema>;

/** The endpoints of all of a project's branches. */
export async function listEndpoints(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<NeonEndpoint[]> {
  const reply = await neon.call({
    method: 'GET',
    path: path`/projects/${projectId}/endpoints`,
    reply: z.object({ endpoints: distinct(endpointSchema) }),
    signal,
  });
  return reply.endpoints;
}

/**
 * Creates a branch's read-write compute, and starts it. Settings that are not given come from the project's
 * defaults. A branch has only one such compute, so a second call is refused with 409. Returns the operations
 * that it started.
 */
export async function createEndpoint(
  neon: NeonClient,
  of: { readonly projectId: string; readonly branchId: string },
  settings: EndpointChange = {},
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/endpoints`,
    body: { endpoint: { branch_id: of.branchId, type: 'read_write', ...settings } },
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}

export interface EndpointChange {
  readonly autoscaling_limit_min_cu?: number;
  readonly autoscaling_limit_max_cu?: number;
  readonly suspend_timeout_seconds?: number;
}

/** Changes an endpoint's settings; idempotent. Returns the operations that it started. */
export async function updateEndpoint(
  neon: NeonClient,
  of: { readonly projectId: string; readonly endpointId: string },
  change: EndpointChange,
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'PATCH',
    path: path`/projects/${of.projectId}/endpoints/${of.endpointId}`,
    body: { endpoint: change },
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}

/** Suspends a compute; a sleeping one starts no operation. Returns the operations that it started. */
export async function suspendEndpoint(
  neon: NeonClient,
  of: { readonly projectId: string; readonly endpointId: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const reply = await neon.call({
    method: 'POST',
    path: path`/projects/${of.projectId}/endpoints/${of.endpointId}/suspend`,
    reply: operationsReply,
    signal,
  });
  return startedBy(reply);
}
