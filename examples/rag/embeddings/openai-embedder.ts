import { z } from 'zod';
import { type Embedder, EmbedderBusyError } from './embedder.js';
import { EmbedderInputError, EmbedderRefusedError } from './embedder-refused-error.js';
import { estimateTokens } from './estimate-tokens.js';
import { retryAfterMs } from './retry-after.js';
import { toUnit } from './unit-vector.js';

export interface OpenAiEmbedderOptions {
  /** Up to `/embeddings`, such as `https://api.openai.com/v1`. */
  readonly url: string;
  /** Sent as a bearer token; absent for a server that asks for none. */
  readonly key?: string;
  /** By its name at the endpoint. */
  readonly model: string;
  /** Of the vectors that the endpoint gives. */
  readonly dimensions: number;
  /** Whether the model is asked to shorten its vectors to that, which not every one can. @default false */
  readonly shorten?: boolean;
  /** Texts in one request. @default 64 */
  readonly batchSize?: number;
  /** For one request. @default 1 minute */
  readonly timeoutMs?: number;
}

/** The statuses that pass: too many requests, a conflict, a time-out, and what servers say of themselves. */
const isPassing = (status: number) => [408, 409, 425, 429].includes(status) || status >= 500;

/** Those by which a text may be meant: too long, empty, or one that a filter stops. */
const mayBeOfText = (status: number) => [400, 413, 422].includes(status);

const Reply = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.number()) })),
});

/** An endpoint that speaks as OpenAI's does, which many servers do, some of them on one's own machine. It repeats nothing itself. */
export function openAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const { url, key, model, dimensions, shorten = false, batchSize = 64, timeoutMs = 60_000 } = options;
  const endpoint = `${url.replace(/\/$/, '')}/embeddings`;

  const request = async (texts: readonly string[], signal: AbortSignal | undefined): Promise<unknown> => {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
        body: JSON.stringify({
          model,
          input: texts,
          encoding_format: 'float',
          ...(shorten && { dimensions }),
        }),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      if (!response.ok) throw await refusal(response);
      return await response.json();
    } catch (error) {
      if (error instanceof EmbedderBusyError || error instanceof EmbedderRefusedError) throw error;
      signal?.throwIfAborted();
      if (error instanceof SyntaxError)
        throw new EmbedderRefusedError(`${endpoint} does not answer in JSON; is it an embeddings endpoint?`);
      throw new EmbedderBusyError(`${endpoint} does not answer: ${reasonOf(error)}.`);
    }
  };

  const refusal = async (response: Response): Promise<Error> => {
    const { status, headers } = response;
    const reason = await messageOf(response);
    const said = `${endpoint} answers ${status}: ${reason}`;
    if (isPassing(status)) return new EmbedderBusyError(said, retryAfterMs(headers));
    return mayBeOfText(status) ? new EmbedderInputError(said, reason) : new EmbedderRefusedError(said);
  };

  const vectorsOf = (reply: unknown, count: number): Float32Array[] => {
    const parsed = Reply.safeParse(reply);
    if (!parsed.success) throw new EmbedderRefusedError(`${endpoint} returned no list of vectors.`);
    const { data } = parsed.data;
    if (data.length !== count || new Set(data.map(({ index }) => index)).size !== count)
      throw new EmbedderRefusedError(`${endpoint} returned ${data.length} vectors for ${count} texts.`);
    const wrong = data.find(({ embedding }) => embedding.length !== dimensions);
    if (wrong)
      throw new EmbedderRefusedError(
        `The vectors of ${model} have ${wrong.embedding.length} dimensions, and ${dimensions} are expected.`,
      );
    return data
      .sort((a, b) => a.index - b.index)
      .map(({ embedding }) => toUnit(Float32Array.from(embedding)));
  };

  return {
    model: `${model}/${dimensions}`,
    dimensions,
    countTokens: estimateTokens,
    async embed(texts, signal) {
      const vectors: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += batchSize) {
        const batch = texts.slice(i, i + batchSize);
        signal?.throwIfAborted();
        vectors.push(...vectorsOf(await request(batch, signal), batch.length));
      }
      return vectors;
    },
    async close() {},
  };
}

const ErrorReply = z.object({ error: z.object({ message: z.string() }) });
const longestMessage = 300;

/** What the endpoint says of a failure, in OpenAI's form or in any. */
async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    return ErrorReply.parse(JSON.parse(text)).error.message.slice(0, longestMessage);
  } catch {
    return text.slice(0, longestMessage) || response.statusText;
  }
}

/** `fetch` itself says only that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
