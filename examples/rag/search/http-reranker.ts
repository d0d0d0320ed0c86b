import { z } from 'zod';
import { type Reranker, RerankerError } from './reranker.js';

export interface HttpRerankerOptions {
  /** Up to `/rerank`, such as `https://api.cohere.com/v2`. */
  readonly url: string;
  readonly key?: string | undefined;
  readonly model: string;
  /** @default 5000 */
  readonly timeoutMs?: number;
}

const reply = z.object({
  results: z.array(z.object({ index: z.number().int().nonnegative(), relevance_score: z.number() })),
});

/** `POST /rerank` as Cohere and Jina have it, and servers that follow them. */
export class HttpReranker implements Reranker {
  readonly model: string;
  readonly #options: HttpRerankerOptions;

  constructor(options: HttpRerankerOptions) {
    this.model = options.model;
    this.#options = options;
  }

  async rerank(question: string, texts: readonly string[], signal?: AbortSignal): Promise<number[]> {
    const { url, key, model, timeoutMs = 5_000 } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(`${url.replace(/\/$/, '')}/rerank`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({ model, query: question, documents: texts, top_n: texts.length }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      if (!response.ok) throw new RerankerError(`The reranker answered with status ${response.status}.`);
      return scoresOf(reply.parse(await response.json()), texts.length);
    } catch (error) {
      if (error instanceof RerankerError) throw error;
      signal?.throwIfAborted();
      if (timeout.aborted) throw new RerankerError(`The reranker did not answer within ${timeoutMs} ms.`);
      throw new RerankerError('The reranker could not be reached, or its answer not be read.', {
        cause: error,
      });
    }
  }
}

/** In the order of the texts; one that the reply leaves out comes last. */
function scoresOf({ results }: z.infer<typeof reply>, count: number): number[] {
  const scores = new Array<number>(count).fill(Number.NEGATIVE_INFINITY);
  for (const { index, relevance_score } of results) if (index < count) scores[index] = relevance_score;
  return scores;
}

/** Without RAG_RERANK_URL there is none, and passages keep the order of the fusion. */
export function rerankerFrom(environment: NodeJS.ProcessEnv): Reranker | undefined {
  const { RAG_RERANK_URL: url, RAG_RERANK_KEY: key, RAG_RERANK_MODEL: model } = environment;
  if (!url) return undefined;
  if (!model) throw new Error('RAG_RERANK_URL is set, and RAG_RERANK_MODEL does not name a model.');
  return new HttpReranker({ url, key: key || undefined, model });
}
