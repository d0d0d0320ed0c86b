import { type Kysely, type Selectable, sql } from 'kysely';
import { appendEvent } from './events.js';
import { countsOf, stateOf, total } from './rollout-counts.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';

/** Locks a rollout's row until the transaction ends, so that no turn of its run comes between. */
export function holdRollout(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  id: string,
): Promise<Selectable<RolloutsTable> | undefined> {
  return tx
    .selectFrom('rollouts')
    .selectAll()
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/**
 * Writes an event if the rollout's state differs from the last one in the log. The caller has changed the rollout's
 * row, so it has locked it.
 */
export async function logRolloutState(tx: Kysely<CatalogSchema>, fleet: string, id: string): Promise<void> {
  const row = await holdRollout(tx, fleet, id);
  if (row === undefined) return;
  const tenants = total(await countsOf(tx, fleet, id));
  const state = stateOf(row, tenants);
  if (state === row.logged_state) return;
  await tx
    .updateTable('rollouts')
    .set({ logged_state: sql`${state}` })
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .execute();
  await appendEvent(tx, { fleet, rolloutId: id }, `rollout.${state}.v1`, {
    fleet,
    rollout: id,
    verb: row.verb,
    state,
    tenants,
  });
}
