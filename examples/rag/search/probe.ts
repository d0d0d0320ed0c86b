import type pg from 'pg';
import { z } from 'zod';
import { hasIterativeScan } from './plan.js';

const probeRow = z.object({
  postgres: z.string(),
  pgvector: z.string(),
  halfvec: z.boolean(),
  others: z.array(z.object({ name: z.string(), installed: z.boolean() })),
});

/** What a workspace's Postgres can do for search. It is shown, and what is only there but not used is named as such. */
export interface SearchAbilities {
  readonly postgres: string;
  readonly pgvector: string;
  /** Vectors in half the room: pgvector 0.7.0. */
  readonly halfvec: boolean;
  /** An HNSW scan that goes on until enough rows pass the filter: pgvector 0.8.0. */
  readonly iterativeScan: boolean;
  /** Extensions for search that this application does not use. */
  readonly others: readonly { readonly name: string; readonly installed: boolean }[];
}

/** `tsvector` is in every Postgres; these rank better or find more, where they are to be had. */
const otherExtensions = [
  'pg_search',
  'lakebase_text',
  'lakebase_vector',
  'vchord',
  'vchord_bm25',
  'rum',
  'pg_trgm',
  'unaccent',
];

export async function probe(pool: pg.Pool): Promise<SearchAbilities> {
  const { rows } = await pool.query(
    `select current_setting('server_version') as postgres,
       (select extversion from pg_extension where extname = 'vector') as pgvector,
       to_regtype('halfvec') is not null as halfvec,
       array(
         select json_build_object('name', name, 'installed', installed_version is not null)
         from pg_available_extensions where name = any($1) order by name
       ) as others`,
    [otherExtensions],
  );
  const { postgres, pgvector, halfvec, others } = probeRow.parse(rows[0]);
  return { postgres, pgvector, halfvec, iterativeScan: hasIterativeScan(pgvector), others };
}
