import type { TenantStep } from '../activities/tenant-step.js';
import { growingWait } from './growing-wait.js';
import type { Steps } from './steps.js';

/**
 * Deletes a project that is not the tenant's live one, looks again until Neon has none of its name left, and forgets it.
 * With one to keep, only what a lost create may have left besides.
 */
export async function removeSideProject(
  steps: Steps,
  told: TenantStep,
  of: { readonly kind: 'next-project' | 'former-project'; readonly name: string; readonly retired?: string },
  keep?: string,
): Promise<void> {
  const wait = growingWait(told.timings.retry, 'Neon had none of the projects that were deleted');
  for (;;) {
    const found = (await steps.findSideProjects({ ...told, ...of })).filter(
      (projectId) => projectId !== keep,
    );
    if (found.length === 0) break;
    for (const projectId of found) await steps.deleteProject({ ...told, projectId });
    await wait();
  }
  if (keep === undefined) await steps.forgetSideProject({ ...told, ...of });
}
