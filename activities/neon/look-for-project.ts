import type { Project } from '../../catalog/projects.js';
import type { NeonClient } from '../../neon/neon-client.js';
import { findProjectsNamed, type NeonProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Timings } from '../../tenancy/timings.js';

/**
 * The projects at Neon that a tenant's creates left, the oldest first. One call.
 *
 * While the outcome of a create is unknown, finding nothing proves nothing yet: the create may still be
 * running, or the list may lag behind it. Until the grace period is over, such a look throws a retryable
 * failure.
 */
export async function lookForProjects(
  neon: NeonClient,
  { name, createAgeMs }: Pick<Project, 'name' | 'createAgeMs'>,
  { createGrace, operationPoll }: Pick<Timings, 'createGrace' | 'operationPoll'>,
  signal: AbortSignal,
): Promise<NeonProject[]> {
  const found = await findProjectsNamed(neon, name, signal);
  if (found.length > 0 || createAgeMs === undefined) return found;
  const remaining = createGrace - createAgeMs;
  if (remaining <= 0) return found;
  throw failure(
    'NeonCreateNotSeen',
    `the answer to a create was lost, and no project "${name}" is to be seen; looking again for ${Math.ceil(remaining / 1000)} s more`,
    { retryAfterMs: Math.min(remaining, operationPoll) },
  );
}
