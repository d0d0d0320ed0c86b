import type { NeonClient } from '../neon/neon-client.js';
import { findProjectsNamed, type NeonProject } from '../neon/projects.js';
import { failure } from '../tenancy/failures.js';
import type { Timings } from '../tenancy/timings.js';

/** A create by the project's name, and since when nobody knows what came of it. */
export interface CreateInDoubt {
  readonly projectName: string;
  readonly createPostedAt: Date | undefined;
}

/**
 * The projects that a tenant's creates have left at Neon, the oldest first. One call.
 *
 * While a create is in doubt, finding nothing proves nothing yet: the create may still be at work, or the list may
 * lag behind it. Until the grace is over such a look fails, retryably.
 */
export async function lookForProjects(
  neon: NeonClient,
  create: CreateInDoubt,
  { createGrace, operationPoll }: Timings,
  signal: AbortSignal,
): Promise<NeonProject[]> {
  const found = await findProjectsNamed(neon, create.projectName, signal);
  if (found.length > 0 || create.createPostedAt === undefined) return found;
  const remaining = create.createPostedAt.getTime() + createGrace - Date.now();
  if (remaining <= 0) return found;
  throw failure(
    'NeonCreateNotSeen',
    `the answer to a create was lost, and no project "${create.projectName}" is to be seen; looking again for ${Math.ceil(remaining / 1000)} s more`,
    { retryAfterMs: Math.min(remaining, operationPoll) },
  );
}
