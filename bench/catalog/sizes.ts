import type pg from 'pg';

/** How much room a table takes. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly indexBytes: number;
}

/** Of the catalog's tables that have rows, the largest first. */
export async function tableSizes(client: pg.ClientBase): Promise<readonly TableSize[]> {
  const { rows } = await client.query<TableSize>(
    `select c.relname as table, c.reltuples::float8 as rows, pg_table_size(c.oid)::float8 as bytes, pg_indexes_size(c.oid)::float8 as "indexBytes"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'tenantry' and c.relkind = 'r' and c.reltuples >= 1000
     order by pg_total_relation_size(c.oid) desc`,
  );
  return rows;
}

/** Tables that grow with time, and not with tenants. */
const growing: ReadonlySet<string> = new Set(['usage', 'usage_days', 'events', 'findings']);

export function bytesPerTenant(sizes: readonly TableSize[], tenants: number): number {
  const lasting = sizes.filter(({ table }) => !growing.has(table));
  return lasting.reduce((sum, { bytes, indexBytes }) => sum + bytes + indexBytes, 0) / tenants;
}
