import { join } from 'node:path';
import type { ClusterRoom } from './template.js';

/** Whatever has a data directory of its own: a branch or a snapshot. */
export interface DataOwner {
  readonly id: string;
  readonly project_id: string;
  /** The name of its folder, when that is not its id: a restore gives a branch a new one. */
  readonly dataId?: string | undefined;
}

export const dataIdOf = (owner: DataOwner) => owner.dataId ?? owner.id;

/** Everything that belongs to a data directory lies beside it under its name, a dot and a word. */
export function dataDirOf(room: ClusterRoom, owner: DataOwner): string {
  return join(room.folder, owner.project_id, dataIdOf(owner));
}
