import type { DataOwner } from '../compute/data-owner.js';
import type { Store } from './store.js';

/** Everything that has data, of one project or of all. */
export function dataOwners({ of }: Store, projectId?: string): DataOwner[] {
  const branches = projectId === undefined ? of.branch.all() : of.branch.in(projectId);
  const deleted = projectId === undefined ? of.deletedBranch.all() : of.deletedBranch.in(projectId);
  const snapshots = projectId === undefined ? of.snapshot.all() : of.snapshot.in(projectId);
  return [
    ...branches,
    // A restore that fails goes back to this.
    ...branches.flatMap((branch) =>
      branch.formerly === undefined ? [] : [{ ...branch, dataId: branch.formerly.dataId }],
    ),
    ...deleted.map(({ branch }) => branch),
    ...snapshots,
  ];
}
