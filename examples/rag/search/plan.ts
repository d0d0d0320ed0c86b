import type pg from 'pg';
import { z } from 'zod';
import { exactUpTo } from '../documents/vector-index.js';
import { filterParameters, type SearchFilter, searchable } from './searchable.js';

const planRow = z.object({
  id: z.number().int(),
  model: z.string(),
  passages: z.number().int(),
  indexed: z.boolean(),
  pgvector: z.string(),
});

export interface SearchPlan {
  readonly modelId: number;
  readonly model: string;
  readonly vectors: 'exact' | 'hnsw';
  readonly reason: string;
  readonly passages: number;
}

/** How the vectors are to be searched. Nothing if no model is live, for then nothing has been embedded. */
export async function planSearch(
  db: pg.Pool,
  filter: SearchFilter,
  limit = exactUpTo,
): Promise<SearchPlan | undefined> {
  const { rows } = await db.query(
    `select m.id, m.model,
       (select count(*)::int from (select from ${searchable} limit $3) as counted) as passages,
       exists (
         select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
         where i.indrelid = to_regclass('app.vectors_' || m.id) and i.indisvalid and a.amname = 'hnsw'
       ) as indexed,
       (select extversion from pg_extension where extname = 'vector') as pgvector
     from embedding_models m where m.state = 'live'`,
    [...filterParameters(filter), limit + 1],
  );
  if (rows[0] === undefined) return undefined;
  const { id, model, passages, indexed, pgvector } = planRow.parse(rows[0]);
  const plan = { modelId: id, model, passages };
  if (passages <= limit) {
    return { ...plan, vectors: 'exact', reason: `${passages} passages are few enough to compare them all` };
  }
  const many = `there are more than ${limit} passages`;
  if (!indexed) return { ...plan, vectors: 'exact', reason: `${many}, but no HNSW index yet` };
  if (!hasIterativeScan(pgvector)) {
    return {
      ...plan,
      vectors: 'exact',
      reason: `${many}, but pgvector ${pgvector} cannot filter an HNSW scan`,
    };
  }
  return { ...plan, vectors: 'hnsw', reason: many };
}

/** Before 0.8.0 an HNSW scan ends after `ef_search` rows, however few of them pass the filter. */
export function hasIterativeScan(pgvector: string): boolean {
  const [major = 0, minor = 0] = pgvector.split('.').map(Number);
  return major > 0 || minor >= 8;
}
