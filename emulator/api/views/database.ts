import { seconds } from '../../state/clock.js';
import type { Database } from '../../state/records.js';

export function databaseView(database: Database) {
  return {
    id: database.number,
    branch_id: database.branch_id,
    name: database.name,
    owner_name: database.owner_name,
    created_at: seconds(database.created_at),
    updated_at: seconds(database.updated_at),
  };
}
