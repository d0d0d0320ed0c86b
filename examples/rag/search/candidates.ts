import type pg from 'pg';
import { z } from 'zod';
import { inTransaction } from '../database/in-transaction.js';
import { vectorTable } from '../documents/models.js';
import type { SearchPlan } from './plan.js';
import type { FoundPassage } from './result.js';
import { filterParameters, type SearchFilter, searchable } from './searchable.js';

/** What the column `passages.words` was made with. */
export const textConfiguration = 'english';

/** How much a place in either ranking counts. */
export interface FusionWeights {
  readonly vector: number;
  readonly text: number;
}

export interface CandidatesInput {
  readonly plan: SearchPlan;
  readonly filter: SearchFilter;
  readonly question: string;
  readonly vector: Float32Array;
  readonly weights: FusionWeights;
  /** How many to return. */
  readonly count: number;
}

export interface Candidate extends FoundPassage {
  /** To each of the candidates, in their order. */
  readonly similarities: readonly number[];
}

/** So many of each ranking are fused. */
const ranked = 50;
/** So many with the most and rarest words are ranked by where the words stand, for which their whole `tsvector` is read. */
const likely = 200;
/** The constant of reciprocal rank fusion, from its paper: Cormack, Clarke and Büttcher, SIGIR 2009. */
const rankConstant = 60;

const candidateRow = z.object({
  id: z.instanceof(Buffer),
  document_id: z.string(),
  version: z.number(),
  title: z.string(),
  heading: z.string(),
  from_offset: z.number(),
  to_offset: z.number(),
  text: z.string(),
  cosine: z.number(),
  text_rank: z.number(),
  coverage: z.number(),
  fused: z.number(),
  similarities: z.array(z.number()),
});

/** The best by reciprocal rank fusion of both rankings, in one statement. */
export async function findCandidates(pool: pg.Pool, input: CandidatesInput): Promise<Candidate[]> {
  const { plan, filter, question, vector, weights, count } = input;
  const statement = candidatesStatement(plan);
  const parameters = [
    ...filterParameters(filter),
    `[${vector.join(',')}]`,
    question,
    quotedPhrases(question),
    plan.passages,
    weights.vector,
    weights.text,
    count,
  ];
  const { rows } =
    plan.vectors === 'exact'
      ? await pool.query(statement, parameters)
      : await withIterativeScan(pool, (client) => client.query(statement, parameters));
  return rows.map((row) => {
    const parsed = candidateRow.parse(row);
    return {
      id: parsed.id.toString('hex'),
      documentId: parsed.document_id,
      version: parsed.version,
      title: parsed.title,
      heading: parsed.heading,
      from: parsed.from_offset,
      to: parsed.to_offset,
      text: parsed.text,
      scores: {
        cosine: parsed.cosine,
        text: parsed.text_rank,
        coverage: parsed.coverage,
        fused: parsed.fused,
      },
      similarities: parsed.similarities,
    };
  });
}

/** As a search engine has it: what stands in quotes must stand so in the text. */
export function quotedPhrases(question: string): string {
  return (question.match(/"[^"]+"/g) ?? []).join(' ');
}

/**
 * The ranking by words adds up `ts_rank_cd` word by word, each weighted by how rare it is, because `ts_rank_cd` of an OR counts
 * 'company' as much as 'E-4012'. Its flag 32 makes the tenth occurrence count less than the first.
 *
 * In the fusion a place by words counts as the square of its coverage. There always is a passage with some word of the question,
 * and plain reciprocal ranks would put the best of these beside the best by meaning, even if that word is 'when'.
 */
function candidatesStatement({ modelId, vectors }: SearchPlan): string {
  const table = vectorTable({ id: modelId });
  // The sum keeps the planner from an index, which would miss some.
  const distance = `(v.vector <=> $3::halfvec)${vectors === 'exact' ? ' + 0' : ''}`;
  return `
    with asked as materialized (
      select quote_literal(replace(word, '\\', ''))::tsquery as word
      from unnest(tsvector_to_array(to_tsvector('${textConfiguration}', $4))) as word
    ),
    hits as materialized (
      select word::text, id from asked
      -- The offset has each word looked up in the index by itself.
      cross join lateral (select p.id from ${searchable} where p.words @@ word offset 0) as found
    ),
    words as materialized (
      select word, ln(1 + greatest($6::float8, occurrences) / (1 + occurrences)) as weight
      from asked cross join lateral (select count(*) as occurrences from hits where hits.word = asked.word::text) as counted
    ),
    likely as materialized (
      select hits.id, sum(weight) as covered from hits join words on words.word::text = hits.word
      where $5 = '' or exists (
        select from passages p where p.id = hits.id and p.words @@ websearch_to_tsquery('${textConfiguration}', $5)
      )
      group by hits.id order by covered desc, hits.id limit ${likely}
    ),
    near as materialized (
      select p.id, ${distance} as distance
      from ${searchable} join ${table} v on v.text_hash = p.text_hash
      order by ${distance} limit ${ranked}
    ),
    matching as materialized (
      select p.id, covered / (select sum(weight) from words) as coverage,
        (select sum(weight * ts_rank_cd(p.words, word, 32)) from words) as rank
      from likely join passages p using (id) order by rank desc, p.id limit ${ranked}
    ),
    fused as materialized (
      select id, coalesce($7::float8 / (${rankConstant} + near.place), 0)
        + coalesce($8::float8 * coverage ^ 2 / (${rankConstant} + matching.place), 0) as fused
      from (select id, row_number() over (order by distance, id) as place from near) as near
      full join (select id, coverage, row_number() over (order by rank desc, id) as place from matching) as matching
        using (id)
    ),
    best as materialized (
      select row_number() over (order by fused desc, id) as place, fused, p.*, v.vector
      from fused join passages p using (id) join ${table} v using (text_hash)
      where fused > 0 order by place limit $9
    )
    select b.id, b.document_id, b.version, d.title, b.heading, b.from_offset, b.to_offset, b.text, b.fused,
      ${similarity('b.vector', '$3::halfvec')} as cosine,
      coalesce((select sum(weight * ts_rank_cd(b.words, word, 32)) from words), 0) as text_rank,
      coalesce((select sum(weight) filter (where b.words @@ word) / sum(weight) from words), 0) as coverage,
      array(select ${similarity('b.vector', 'o.vector')}::real from best o order by o.place) as similarities
    from best b join documents d on d.id = b.document_id
    order by b.place`;
}

/** Of a vector of zeros there is no cosine; it is like nothing. */
function similarity(one: string, other: string): string {
  return `coalesce(1 - nullif(${one} <=> ${other}, 'NaN'), 0)`;
}

function withIterativeScan<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const begin =
    'begin read only; set local hnsw.iterative_scan = relaxed_order; set local hnsw.ef_search = 100';
  return inTransaction(pool, work, begin);
}
