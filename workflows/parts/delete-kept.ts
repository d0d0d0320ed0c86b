import type { DueKept } from '../../activities/catalog/find-due.js';
import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';

/**
 * Asks Neon to delete a snapshot, or the state before a restore. Returns nothing if it was still there,
 * because only another look proves that it is gone. `needed`: the live branch or a copy descends from it, so
 * Neon keeps it.
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
