import { z } from 'zod';
import { type NeonClient, path } from './neon-client.js';
import { neonId, neonTime, neonWord } from './shapes.js';

/**
 * `action` and `status` stay open strings: Neon adds actions between versions of its description, and an
 * operation with an unknown status is waited for.
 */
export const operationSchema = z.object({
  id: neonId,
  action: neonWord,
  status: neonWord,
  created_at: neonTime,
  updated_at: neonTime,
  /** The operation's error, which can contain any text. */
  error: z.string().nullish(),
});

export type NeonOperation = z.infer<typeof operationSchema>;

/** The longest list that Neon returns; a project's newest operations come first. */
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
 * The outcome of an operation. Neon's own texts disagree on which statuses are final; this reading is safe
 * under all of them: Neon may still retry a `failed` operation, so it counts as failed only once it has not
 * changed for the grace period.
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
