import type { Embedder } from './embedder.js';

/** The models at hand: while a change is under way, the former one too, because search asks it until the new one is filled. */
export interface Embedders {
  /** What new vectors are made with. */
  readonly newest: Embedder;
  /** @throws EmbedderMissingError */
  of(model: string): Embedder;
}

/** A workspace has vectors of a model that this process was not given. */
export class EmbedderMissingError extends Error {
  override readonly name = 'EmbedderMissingError';

  constructor(model: string) {
    super(
      `there are vectors of the model ${model}, which this process does not have: give it as the former one, in RAG_FORMER_EMBEDDINGS, until every workspace has changed`,
    );
  }
}

export function embeddersOf(newest: Embedder, former?: Embedder): Embedders {
  const all = [newest, ...(former === undefined ? [] : [former])];
  return {
    newest,
    of(model) {
      const found = all.find((each) => each.model === model);
      if (found === undefined) throw new EmbedderMissingError(model);
      return found;
    },
  };
}

/** What an environment says of the former model: `RAG_FORMER_EMBEDDINGS`, `RAG_FORMER_EMBEDDINGS_URL` and so on, as of the newest one. */
export function formerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv | undefined {
  if (!environment.RAG_FORMER_EMBEDDINGS) return undefined;
  const former = Object.entries(environment)
    .filter(([name]) => name.startsWith('RAG_FORMER_'))
    .map(([name, value]) => [name.replace('RAG_FORMER_', 'RAG_'), value]);
  // Where models are kept on this machine is the same for both.
  const others = Object.entries(environment).filter(
    ([name]) => !name.startsWith('RAG_') || name === 'RAG_MODELS_DIR',
  );
  return Object.fromEntries([...others, ...former]);
}
