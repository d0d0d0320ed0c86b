import type { TenantPool } from 'tenantry/client';
import type { Embedder } from '../embeddings/embedder.js';
import type { FoundPassage } from '../search/result.js';
import { type SearchOptions, search } from '../search/search.js';
import { mean, ndcgAt, type Ranking, recallAt, reciprocalRank } from './metrics.js';
import type { Question } from './questions.js';

/** The ways to search that are compared. */
export const ways = {
  vector: { weights: { vector: 1, text: 0 } },
  text: { weights: { vector: 0, text: 1 } },
  hybrid: {},
  'hybrid + MMR': { lambda: 0.9 },
} as const satisfies Record<string, SearchOptions>;

export interface Asked {
  readonly question: Question;
  readonly ranking: Ranking;
  readonly confidence: number;
}

/** Asks every question one way, for as many passages as the metrics look at. */
export async function ask(
  pool: TenantPool,
  embedder: Embedder,
  questions: readonly Question[],
  way: SearchOptions,
): Promise<Asked[]> {
  const origins = await originsOf(pool);
  const asked: Asked[] = [];
  for (const question of questions) {
    const { passages, confidence } = await search(pool, embedder, question.question, { limit: 10, ...way });
    const ranking = passages.map((passage) => answersIn(passage, question, origins));
    asked.push({ question, ranking, confidence });
  }
  return asked;
}

async function originsOf(pool: TenantPool): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ id: string; origin: string }>('select id, origin from documents');
  return new Map(rows.map(({ id, origin }) => [id, origin]));
}

function answersIn(
  { documentId, text }: FoundPassage,
  { answers }: Question,
  origins: ReadonlyMap<string, string>,
): number[] {
  return answers.flatMap(({ document, quote }, index) =>
    origins.get(documentId) === document && text.includes(quote) ? [index] : [],
  );
}

export interface Quality {
  readonly recallAt5: number;
  readonly mrr: number;
  readonly ndcgAt10: number;
}

export const isAnswerable = ({ question }: Asked) => question.answers.length > 0;

/** Of the questions that have an answer. */
export function qualityOf(asked: readonly Asked[]): Quality {
  const answerable = asked.filter(isAnswerable);
  const over = (metric: (ranking: Ranking, answers: number) => number) =>
    mean(answerable.map(({ ranking, question }) => metric(ranking, question.answers.length)));
  return {
    recallAt5: over((ranking, answers) => recallAt(5, ranking, answers)),
    mrr: over(reciprocalRank),
    ndcgAt10: over((ranking, answers) => ndcgAt(10, ranking, answers)),
  };
}
