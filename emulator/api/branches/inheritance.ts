import type { Neon } from '../../neon.js';
import { now } from '../../state/clock.js';
import type { Branch, Database, Role } from '../../state/records.js';
import { nameId } from '../find.js';

/** A child has its parent's roles, passwords included, and databases. */
export function inheritance(
  parent: Branch,
  child: Branch,
  { store }: Neon,
): { readonly roles: Role[]; readonly databases: Database[] } {
  const passedOn = <R extends Role | Database>(record: R): R => ({
    ...record,
    id: nameId(child, record.name),
    branch_id: child.id,
    created_at: now(),
    updated_at: now(),
  });
  const ofParent = (record: Role | Database) => record.branch_id === parent.id;
  return {
    roles: store.of.role.in(parent.project_id).filter(ofParent).map(passedOn),
    databases: store.of.database.in(parent.project_id).filter(ofParent).map(passedOn),
  };
}
