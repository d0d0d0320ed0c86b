import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { neonId, neonTime, neonWord } from './shapes.js';

/**
 * `action` and `status` stay open strings: Neon adds actions between versions of its description, and a status that
 * we do not know is one to wait on.
 */
export const operationSchema = z.object({
  id: neonId,
  action: neonWord,
  status: neonWord,
  created_at: neonTime,
  updated_at: neonTime,
  /** What it failed of, in anybody's words. */
  error: z.string().nullish(),
});

export type NeonOperation = z.infer<typeof operationSchema>;

/** The most that Neon lists at once; a project's newest operations come first. */
const pageSize = 1000;

/** A project's newest operations, in one call. The list can lag behind the call that started an operation. */
export async function listOperations(
  neon: NeonClient,
  projectId: string,
  signal?: AbortSignal,
): Promise<NeonOperation[]> {
  const reply = await neon.call({
    method: 'GET',
    path: path`/projects/${projectId}/operations`,
    query: { limit: pageSize },
    reply: z.object({ operations: z.array(operationSchema).max(pageSize) }),
    signal,
  });
  return reply.operations;
}

export type OperationOutcome = 'succeeded' | 'failed' | 'pending';

/**
 * What has become of an operation. Neon's own texts disagree on which statuses are final; this is the reading that is
 * safe under all of them: `failed` may still be retried by Neon, so it counts only once it has rested for the grace.
 */
export function outcomeOf(
  operation: NeonOperation,
  graceMs: number,
  now: number = Date.now(),
): OperationOutcome {
  switch (operation.status) {
    case 'finished':
    case 'skipped':
      return 'succeeded';
    case 'error':
    case 'cancelled':
      return 'failed';
    case 'failed':
      return now - Date.parse(operation.updated_at) > graceMs ? 'failed' : 'pending';
    default:
      return 'pending';
  }
}
