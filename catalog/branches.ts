import { type Kysely, sql } from 'kysely';
import { appendHistory } from './history.js';
import type { CatalogSchema } from './schema.js';
import type { SecretsIn } from './secrets.js';
import type { Writer } from './tenant.js';

/** Copies of tenants' databases, each with a keeper: the workflow that deletes it when its time is up. */
export interface Branches {
  /** The id of the workflow that keeps the copy of that name; `undefined` when none of that name is on record. */
  keeper(of: Pick<Writer, 'fleet' | 'id'>, name: string): Promise<string | undefined>;
  /**
   * Forgets a copy that is gone, its secret with it, and notes so in the tenant's history; all or nothing, and once.
   * A copy of that name with another keeper is left alone.
   */
  forget(
    writer: Writer,
    of: { readonly name: string; readonly keeper: string },
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

export function createBranches(db: Kysely<CatalogSchema>, secretsIn: SecretsIn): Branches {
  const keeperIn = (tx: Kysely<CatalogSchema>, { fleet, id }: Pick<Writer, 'fleet' | 'id'>, name: string) =>
    tx
      .selectFrom('resources')
      .select(sql<string>`detail ->> 'keeper'`.as('keeper'))
      .where('fleet', '=', fleet)
      .where('tenant_id', '=', id)
      .where('kind', '=', 'branch')
      .where('name', '=', name);
  return {
    keeper: async (of, name) => (await keeperIn(db, of, name).executeTakeFirst())?.keeper,
    forget: (writer, { name, keeper }, detail) =>
      db.transaction().execute(async (tx) => {
        const { fleet, id } = writer;
        const tenant = await tx
          .selectFrom('tenants')
          .select('state')
          .where('fleet', '=', fleet)
          .where('id', '=', id)
          .executeTakeFirst();
        // With the tenant, all that was on record of it went.
        if (tenant === undefined) return;
        const found = await keeperIn(tx, writer, name).forUpdate().executeTakeFirst();
        if (found !== undefined && found.keeper !== keeper) return;
        await secretsIn(tx).remove(writer, `branch:${name}`);
        const { numDeletedRows } = await tx
          .deleteFrom('resources')
          .where('fleet', '=', fleet)
          .where('tenant_id', '=', id)
          .where('kind', '=', 'branch')
          .where('name', '=', name)
          .executeTakeFirstOrThrow();
        // Of one that never was on record, the operation that failed to make it tells.
        if (numDeletedRows === 0n) return;
        await appendHistory(tx, writer, { operation: 'branch', event: 'noted', state: tenant.state, detail });
      }),
  };
}
