import type pg from 'pg';
import type { Embedder } from '../embeddings/embedder.js';
import { type Candidate, type FusionWeights, findCandidates, textConfiguration } from './candidates.js';
import { confidenceIn, thresholdsOf, verdictOn } from './confidence.js';
import { diversify } from './diversify.js';
import { planSearch, type SearchPlan } from './plan.js';
import { type Reranker, RerankerError } from './reranker.js';
import type { FoundPassage, SearchMethod, SearchResult } from './result.js';
import type { SearchFilter } from './searchable.js';

export interface SearchOptions extends SearchFilter {
  /** How many passages to return. @default 5 */
  readonly limit?: number;
  /** How much each ranking counts. @default both the same */
  readonly weights?: FusionWeights;
  /** Between 0 and 1: below 1, a passage that repeats a better one makes room for another. @default 1 */
  readonly lambda?: number;
  readonly reranker?: Reranker | undefined;
  /** Whether a language model is to read the passages: then fewer questions are refused before. @default false */
  readonly read?: boolean;
  readonly signal?: AbortSignal;
}

/** The vectors in use are another model's: neither compares with the other. */
export class SearchModelError extends Error {
  override readonly name = 'SearchModelError';
  readonly live: string;

  constructor(live: string, asked: string) {
    super(`The workspace's vectors are of ${live}. Search with that until the change to ${asked} is done.`);
    this.live = live;
  }
}

/** Enough to choose from, for MMR or a reranker. */
const candidatesPerPassage = 4;

/**
 * The passages nearest to the question, by meaning and by words. Two round trips, or four where there is an HNSW index to be
 * set up for the scan.
 *
 * @throws SearchModelError when the workspace's vectors are another model's.
 * @throws EmbedderBusyError when the question cannot be embedded now.
 */
export async function search(
  pool: pg.Pool,
  embedder: Embedder,
  question: string,
  options: SearchOptions = {},
): Promise<SearchResult> {
  const { limit = 5, weights = { vector: 1, text: 1 }, lambda = 1, documentIds, tags } = options;
  const filter = { documentIds, tags };
  const [plan, [vector]] = await Promise.all([
    planSearch(pool, filter),
    embedder.embed([question], options.signal),
  ]);
  if (plan === undefined || vector === undefined) return nothingIn(embedder.model);
  if (plan.model !== embedder.model) throw new SearchModelError(plan.model, embedder.model);

  const count = limit * candidatesPerPassage;
  const candidates = await findCandidates(pool, { plan, filter, question, vector, weights, count });
  const reranked = await rerank(question, candidates, options);
  const order = diversify(
    reranked.relevances,
    candidates.map(({ similarities }) => similarities),
    lambda,
    limit,
  );
  const confidence = confidenceIn(question, candidates);
  const thresholds = thresholdsOf(plan.model);
  return {
    passages: order.flatMap((index) => passageOf(candidates[index])),
    verdict: candidates.length === 0 ? 'not found' : verdictOn(confidence, thresholds, options.read ?? false),
    confidence,
    ...(thresholds === undefined ? {} : { thresholds }),
    how: { ...methodOf(plan), ...(reranked.by === undefined ? {} : { reranker: reranked.by }) },
  };
}

/** Relevances between 0 and 1: by the reranker if there is one, else by the fusion. */
async function rerank(question: string, candidates: readonly Candidate[], options: SearchOptions) {
  const fused = candidates.map(({ scores }) => scores.fused);
  const { reranker, signal } = options;
  if (reranker === undefined || candidates.length === 0) return { relevances: toUnit(fused) };
  try {
    const texts = candidates.map(({ heading, text }) => `${heading}\n${text}`);
    const scores = await reranker.rerank(question, texts, signal);
    return { relevances: toUnit(scores), by: reranker.model };
  } catch (error) {
    if (!(error instanceof RerankerError)) throw error;
    return { relevances: toUnit(fused), by: `not used: ${error.message}` };
  }
}

function toUnit(scores: readonly number[]): number[] {
  const known = scores.filter(Number.isFinite);
  const least = Math.min(...known);
  const range = Math.max(...known) - least || 1;
  return scores.map((score) => (Number.isFinite(score) ? (score - least) / range : 0));
}

function passageOf(candidate: Candidate | undefined): FoundPassage[] {
  if (candidate === undefined) return [];
  const { similarities, ...passage } = candidate;
  return [passage];
}

function methodOf({ vectors, reason, passages, model }: SearchPlan): SearchMethod {
  return { vectors, reason, passages, model, text: `tsvector, ${textConfiguration}` };
}

function nothingIn(model: string): SearchResult {
  const reason = 'nothing has been embedded yet';
  const how = methodOf({ modelId: 0, vectors: 'exact', reason, passages: 0, model });
  return { passages: [], verdict: 'not found', confidence: 0, how };
}
