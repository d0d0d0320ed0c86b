import { once } from 'node:events';
import { join } from 'node:path';
import { startThread } from '../threads/start-thread.js';
import { batchesOf } from './batches.js';
import type { Embedder } from './embedder.js';
import type { MiniLmAnswer, MiniLmBatch, MiniLmStart } from './minilm-thread.js';
import { readTokenizer } from './tokenizer.js';

export interface MiniLmOptions {
  /** Of the local models: `findModels()`. */
  readonly folder: string;
  /** Processor threads for one batch. @default 1 */
  readonly threads?: number;
  /** Texts in one batch. @default 8 */
  readonly batchSize?: number;
}

/** What the model was trained with; it does not see what comes after. */
const maxTokens = 256;

/** The runtime of the model is native code, which is not to be had for every system. */
export class MiniLmUnavailableError extends Error {
  override readonly name = 'MiniLmUnavailableError';
}

/**
 * all-MiniLM-L6-v2 with weights of 8 bits, on this machine. It computes in a thread of its own, because the runtime holds up the
 * thread that calls it.
 * @throws MiniLmUnavailableError where the runtime cannot be loaded.
 */
export async function openMiniLm({ folder, threads = 1, batchSize = 8 }: MiniLmOptions): Promise<Embedder> {
  const tokenizer = await readTokenizer(join(folder, 'minilm/tokenizer.json'));
  const model = await openModel({ file: join(folder, 'minilm/model.onnx'), threads });

  const idsOf = (text: string): number[] => {
    const { ids } = tokenizer.encode(text);
    const last = ids.at(-1);
    // The mark of the end stays at the end.
    return ids.length <= maxTokens || last === undefined ? ids : [...ids.slice(0, maxTokens - 1), last];
  };

  return {
    model: 'all-MiniLM-L6-v2-int8',
    dimensions: 384,
    countTokens: (text) => tokenizer.encode(text).ids.length,
    async embed(texts, signal) {
      const tokens = texts.map(idsOf);
      const vectors: Float32Array[] = [];
      for (const batch of batchesOf(tokens, batchSize)) {
        signal?.throwIfAborted();
        const found = await model.run(batch.map(({ ids }) => ids));
        found.forEach((vector, i) => {
          const text = batch[i];
          if (text) vectors[text.place] = vector;
        });
      }
      return vectors;
    },
    close: () => model.close(),
  };
}

interface Model {
  run(batch: MiniLmBatch['batch']): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(vectors: readonly Float32Array[]): void;
  reject(error: Error): void;
}

async function openModel(start: MiniLmStart): Promise<Model> {
  const thread = startThread(import.meta.url, 'minilm-thread', { workerData: start });
  // It says that it is ready, or ends with the reason.
  await once(thread, 'message').catch((error: unknown) => {
    throw new MiniLmUnavailableError(
      `MiniLM cannot run here: ${error instanceof Error ? error.message : error}. Set RAG_EMBEDDINGS=wordllama, a weaker model without native code, or RAG_EMBEDDINGS=openai and RAG_EMBEDDINGS_URL for an endpoint.`,
      { cause: error },
    );
  });
  // An idle model keeps no process alive.
  thread.unref();

  const waiting = new Map<number, Waiting>();
  let broken: Error | undefined;
  let asked = 0;

  const fail = (error: Error) => {
    broken ??= error;
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
    thread.unref();
  };
  thread.on('error', fail);
  thread.on('exit', () => fail(new Error('The model MiniLM is closed.')));
  thread.on('message', (answer: MiniLmAnswer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiting.size === 0) thread.unref();
    if ('error' in answer) caller?.reject(new Error(answer.error));
    else caller?.resolve(answer.vectors);
  });

  return {
    run: (batch) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        asked += 1;
        waiting.set(asked, { resolve, reject });
        thread.ref();
        thread.postMessage({ id: asked, batch } satisfies MiniLmBatch);
      }),
    async close() {
      await thread.terminate();
    },
  };
}
