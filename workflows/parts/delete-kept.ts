import type { DueKept } from '../../activities/catalog/find-due.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';

/**
 * Has Neon delete a snapshot, or a state before a restore. Only another look shows that it is gone, so nothing is returned where
 * there was one. `needed`: the live branch, or a copy, was made of it, and Neon keeps it for that one's sake.
 */
export async function deleteKept(
  activities: Activities,
  project: ProjectInput,
  { kind, neonId }: Pick<DueKept, 'kind' | 'neonId'>,
): Promise<'gone' | 'needed' | undefined> {
  if (kind === 'snapshot') {
    const snapshot = { ...project, snapshotId: neonId };
    if (!(await activities.hasSnapshot(snapshot))) return 'gone';
    await activities.deleteSnapshot(snapshot);
    return undefined;
  }
  const branches = await activities.findBranches(project);
  const kept = branches.find(({ id }) => id === neonId);
  if (kept === undefined) return 'gone';
  if (kept.isDefault || branches.some(({ parentId }) => parentId === neonId)) return 'needed';
  await activities.deleteBranch({ ...project, branchId: neonId });
  return undefined;
}
