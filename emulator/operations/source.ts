import type { DataOwner } from '../compute/data-owner.js';
import { desiredOf } from '../compute/desired.js';
import type { Branch } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { Contents } from './contents.js';

export interface Source {
  readonly owner: DataOwner;
  readonly contents: Contents;
}

/** Where a branch's data comes from: a branch or a snapshot. @throws when that is gone. */
export function sourceOf(branch: Branch, store: Store): Source {
  const id = branch.making?.sourceId ?? branch.parent_id ?? '';
  const other = store.of.branch.get(id);
  if (other !== undefined) return { owner: other, contents: desiredOf(store, other.project_id, other.id) };
  const snapshot = store.of.snapshot.get(id);
  if (snapshot !== undefined) return { owner: snapshot, contents: snapshot };
  throw new Error(`what ${branch.id} is made from is gone`);
}
