import type { TenantPool } from 'tenantry/client';

/** How much a workspace holds. */
export interface Holdings {
  readonly documents: number;
  readonly passages: number;
  readonly tokens: number;
  /** Of the whole database, indexes and vectors with it. */
  readonly databaseBytes: number;
}

export async function holdingsOf(pool: TenantPool): Promise<Holdings> {
  const { rows } = await pool.query<Record<keyof Holdings, string>>(
    `select (select count(*) from documents where deleted_at is null) as documents,
            count(*) as passages, coalesce(sum(tokens), 0) as tokens,
            pg_database_size(current_database()) as "databaseBytes"
     from passages`,
  );
  const [row] = rows;
  return {
    documents: Number(row?.documents ?? 0),
    passages: Number(row?.passages ?? 0),
    tokens: Number(row?.tokens ?? 0),
    databaseBytes: Number(row?.databaseBytes ?? 0),
  };
}
