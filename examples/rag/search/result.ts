export interface FoundPassage {
  readonly id: string;
  readonly documentId: string;
  readonly version: number;
  readonly title: string;
  /** The headings above it, outermost first, joined by ' › '. */
  readonly heading: string;
  /** Where it stands in the version's text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly scores: Scores;
}

export interface Scores {
  /** Between the question's vector and the passage's: 1 is the same meaning. */
  readonly cosine: number;
  /** Of the question's words, rare ones count more. 0 is none of them. Only comparable within one search. */
  readonly text: number;
  /** The share of the question's words that the passage has, rare ones counting more. */
  readonly coverage: number;
  /** Reciprocal ranks of both, added: what the order is made of. */
  readonly fused: number;
}

/** What a search was made with, to be shown beside its result. */
export interface SearchMethod {
  /** `exact` compares every vector and misses none. */
  readonly vectors: 'exact' | 'hnsw';
  /** Why those, in a sentence. */
  readonly reason: string;
  /** How many passages it chose from; counted no further than needed to choose the method. */
  readonly passages: number;
  readonly model: string;
  readonly text: string;
  /** The reranker's model, or what became of it. */
  readonly reranker?: string;
}

/** `unsure`: worth an answer, with a word of caution. `not found`: better said than guessed. */
export type Verdict = 'found' | 'unsure' | 'not found';

export interface SearchResult {
  /** The best first. They are there even if none answers the question. */
  readonly passages: readonly FoundPassage[];
  /** Whether one of them answers the question. */
  readonly verdict: Verdict;
  /** What the verdict is made of. */
  readonly confidence: number;
  /** Measured for the model; absent for one that nobody measured, of which every passage is `unsure`. */
  readonly thresholds?: Thresholds;
  readonly how: SearchMethod;
}

export interface Thresholds {
  /** Below it, not found even where a language model could read the passages. */
  readonly hopeless: number;
  /** Below it, not found where no language model reads them. */
  readonly unsure: number;
  /** From here on, found. */
  readonly found: number;
}
