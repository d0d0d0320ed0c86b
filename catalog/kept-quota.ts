import { type Kysely, sql } from 'kysely';
import { storableJson } from '../tenancy/storable.js';
import type { CatalogSchema, Quota } from './schema.js';
import type { TenantKey, Writer } from './tenant.js';

/** The last observed quota of a tenant's project before it was lowered. */
export interface KeptQuotas {
  /** Stores it, if this run holds the tenant. */
  keep(writer: Writer, quota: Quota): Promise<void>;
  of(key: TenantKey): Promise<Quota | undefined>;
}

export function createKeptQuotas(db: Kysely<CatalogSchema>): KeptQuotas {
  return {
    async keep({ fleet, id, runId }, quota) {
      await db
        .updateTable('tenants')
        .set({ kept_quota: storableJson(quota), updated_at: sql`now()` })
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .where('run_id', '=', runId)
        .execute();
    },
    async of({ fleet, id }) {
      const row = await db
        .selectFrom('tenants')
        .select('kept_quota')
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.kept_quota ?? undefined;
    },
  };
}
