import { z } from 'zod';
import { findModels } from '../models/find-models.js';
import type { Embedder } from './embedder.js';
import { openMiniLm } from './minilm.js';
import { openAiEmbedder } from './openai-embedder.js';
import { openWordLlama } from './wordllama.js';

const unset = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema);
const wholeNumber = (from: number, to: number) => {
  const rule = `is a whole number from ${from} to ${to}`;
  return z.coerce.number(rule).int(rule).min(from, rule).max(to, rule);
};

const MiniLm = z.object({
  RAG_EMBEDDINGS: z.literal('minilm'),
  RAG_EMBEDDINGS_THREADS: unset(wholeNumber(1, 64).default(1)),
});
const WordLlama = z.object({ RAG_EMBEDDINGS: z.literal('wordllama') });
const OpenAi = z.object({
  RAG_EMBEDDINGS: z.literal('openai'),
  RAG_EMBEDDINGS_URL: unset(
    z.url({ protocol: /^https?$/, error: 'is the URL up to /embeddings, such as https://api.openai.com/v1' }),
  ),
  RAG_EMBEDDINGS_KEY: unset(z.string().optional()),
  RAG_EMBEDDINGS_MODEL: unset(z.string('is the name of the model, such as text-embedding-3-small')),
  // pgvector indexes vectors in half precision up to this length.
  RAG_EMBEDDINGS_DIMENSIONS: unset(wholeNumber(1, 4000)),
  RAG_EMBEDDINGS_SHORTEN: unset(z.enum(['yes', 'no'], 'is yes or no').default('no')),
});
const Settings = z.discriminatedUnion(
  'RAG_EMBEDDINGS',
  [MiniLm, WordLlama, OpenAi],
  'is minilm, wordllama or openai',
);

/** Variables of the environment say something that will not do; the message names each. */
export class EmbeddingsSettingsError extends Error {
  override readonly name = 'EmbeddingsSettingsError';
}

/**
 * The embedder that RAG_EMBEDDINGS names: `minilm`, which is the default, `wordllama` or `openai`. It takes that or none: vectors of
 * another model would be compared with nothing that is stored.
 * @throws EmbeddingsSettingsError, ModelsMissingError, MiniLmUnavailableError
 */
export async function embedderFromEnvironment(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Embedder> {
  const settings = parse(environment);
  switch (settings.RAG_EMBEDDINGS) {
    case 'minilm':
      return openMiniLm({ folder: findModels(environment), threads: settings.RAG_EMBEDDINGS_THREADS });
    case 'wordllama':
      return openWordLlama(findModels(environment));
    case 'openai':
      return openAiEmbedder({
        url: settings.RAG_EMBEDDINGS_URL,
        ...(settings.RAG_EMBEDDINGS_KEY && { key: settings.RAG_EMBEDDINGS_KEY }),
        model: settings.RAG_EMBEDDINGS_MODEL,
        dimensions: settings.RAG_EMBEDDINGS_DIMENSIONS,
        shorten: settings.RAG_EMBEDDINGS_SHORTEN === 'yes',
      });
  }
}

function parse(environment: NodeJS.ProcessEnv): z.infer<typeof Settings> {
  const parsed = Settings.safeParse({
    ...environment,
    RAG_EMBEDDINGS: environment.RAG_EMBEDDINGS || 'minilm',
  });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`);
  throw new EmbeddingsSettingsError(['The embeddings are not set up:', ...problems].join('\n'));
}
