import type { Neon } from '../../neon.js';
import type { Contents } from '../../operations/contents.js';
import { rehomed } from '../../state/make.js';
import type { Branch, Database, Role } from '../../state/records.js';

/**
 * A child has its source's roles, passwords included, and databases. Of those younger than the moment it shows, nothing
 * is told; what else was different then is known when the data is there.
 */
export function inheritance(source: Branch, child: Branch, { store }: Neon, timestamp?: string): Contents {
  const passedOn = (record: Role | Database) =>
    record.branch_id === source.id &&
    (timestamp === undefined || Date.parse(record.created_at) <= Date.parse(timestamp));
  return {
    roles: store.of.role
      .in(source.project_id)
      .filter(passedOn)
      .map((role) => rehomed(role, child)),
    databases: store.of.database
      .in(source.project_id)
      .filter(passedOn)
      .map((database) => rehomed(database, child)),
  };
}
