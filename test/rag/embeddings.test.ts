import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Embedder, EmbedderBusyError } from '../../examples/rag/embeddings/embedder.js';
import { embedderFromEnvironment } from '../../examples/rag/embeddings/embedder-from-environment.js';
import { EmbedderRefusedError } from '../../examples/rag/embeddings/embedder-refused-error.js';
import { openMiniLm } from '../../examples/rag/embeddings/minilm.js';
import { type OpenAiEmbedderOptions, openAiEmbedder } from '../../examples/rag/embeddings/openai-embedder.js';
import { retryAfterMs } from '../../examples/rag/embeddings/retry-after.js';
import { openWordLlama } from '../../examples/rag/embeddings/wordllama.js';
import { fetchModels } from '../../examples/rag/models/fetch-models.js';

const cosine = (one: Float32Array, other: Float32Array) =>
  one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);

const vectorsOf = async (embedder: Embedder, ...texts: string[]): Promise<readonly Float32Array[]> =>
  embedder.embed(texts);

/** A question, and sentences of which the first answers it. */
const pairs = [
  ['pause a tenant account', 'Suspend a customer for a while.', 'Refunds are paid within ten days.'],
  [
    'How do I get my money back?',
    'Refunds are paid within ten days.',
    'The lamp burns a litre of oil in five hours.',
  ],
  [
    'fuel consumption of the lighthouse',
    'The lamp burns a litre of oil in five hours.',
    'Suspend a customer for a while.',
  ],
  ['When is it open?', 'The museum welcomes visitors from ten to six.', 'Flour, water and salt make bread.'],
] as const;

describe.each([
  { name: 'MiniLM', open: openMiniLmHere, dimensions: 384, understood: pairs },
  {
    name: 'WordLlama',
    open: async () => openWordLlama(await fetchModels()),
    dimensions: 256,
    // Of the first, question and answer have no word in common.
    understood: pairs.slice(1),
  },
])('$name', ({ open, dimensions, understood }) => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await open();
  }, 300_000);
  afterAll(() => embedder.close());

  it('gives a text the same vector alone as among others, of length 1', async () => {
    const text = 'A lighthouse is kept by two people.';
    const others = [
      'Short.',
      'The sea rises twice a day, and falls twice. '.repeat(30),
      'Übermäßig 世界 👩‍👩‍👧',
    ];
    const [alone] = await vectorsOf(embedder, text);
    const [, , among] = await vectorsOf(embedder, ...others.slice(0, 2), text, ...others.slice(2));
    expect(alone).toHaveLength(dimensions);
    expect(embedder.dimensions).toBe(dimensions);
    expect(Math.abs(cosine(alone as Float32Array, among as Float32Array) - 1)).toBeLessThan(1e-6);
  });

  it('finds what answers a question nearer than what does not', async () => {
    for (const texts of understood) {
      const [question, answer, other] = (await vectorsOf(embedder, ...texts)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      expect(cosine(question, answer), texts[0]).toBeGreaterThan(cosine(question, other));
    }
  });

  it('takes no text, an empty text and one that is too long', async () => {
    expect(await embedder.embed([])).toEqual([]);
    const [empty, long] = await vectorsOf(embedder, '', 'tide '.repeat(5000));
    expect(empty?.every(Number.isFinite)).toBe(true);
    expect(long?.every(Number.isFinite)).toBe(true);
    expect(embedder.countTokens('tide '.repeat(100)) - embedder.countTokens('')).toBeGreaterThanOrEqual(100);
  });

  it('stops where the caller no longer waits', async () => {
    await expect(embedder.embed(['Too late.'], AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
  });
});

async function openMiniLmHere(): Promise<Embedder> {
  return openMiniLm({ folder: await fetchModels(), threads: 1 });
}

it('MiniLM that cannot run says what to set instead', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'models-'));
  try {
    await cp(path.join(await fetchModels(), 'minilm'), path.join(folder, 'minilm'), { recursive: true });
    await writeFile(path.join(folder, 'minilm/model.onnx'), 'no model');
    await expect(openMiniLm({ folder })).rejects.toThrow(
      /^MiniLM cannot run here: .*Set RAG_EMBEDDINGS=wordllama/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}, 300_000);

it('a closed MiniLM says so', async () => {
  const embedder = await openMiniLmHere();
  await embedder.close();
  await expect(embedder.embed(['x'])).rejects.toThrow('The model MiniLM is closed.');
}, 300_000);

describe('an endpoint', () => {
  let server: Server;
  let respond: RequestListener;
  const bodies: {
    readonly input: readonly string[];
    readonly dimensions?: number;
    readonly model: string;
  }[] = [];
  const keys: (string | undefined)[] = [];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const parts = await request.toArray();
      bodies.push(JSON.parse(Buffer.concat(parts).toString('utf8')));
      keys.push(request.headers.authorization);
      respond(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const embedder = (options: Partial<OpenAiEmbedderOptions> = {}) => {
    bodies.length = 0;
    keys.length = 0;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
    return openAiEmbedder({ url, model: 'small', dimensions: 2, ...options });
  };

  const answerWith = (
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): RequestListener => {
    return (_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
  };

  /** A vector that says which text it is of; in another order, as an endpoint may. */
  const answerAll: RequestListener = (_, response) => {
    const data = (bodies.at(-1)?.input ?? []).map((text, index) => ({
      index,
      embedding: [3, 4 * Number(text)],
    }));
    answerWith(200, { data: data.reverse() })(_, response);
  };

  it('is asked in batches, and its vectors are scaled and put in order', async () => {
    respond = answerAll;
    const vectors = await embedder({ batchSize: 2, key: 'secret', shorten: true }).embed(['1', '0', '-1']);
    expect(vectors.map((vector) => Array.from(vector, (value) => Number(value.toFixed(6))))).toEqual([
      [0.6, 0.8],
      [1, 0],
      [0.6, -0.8],
    ]);
    expect(bodies.map(({ input, dimensions }) => [input, dimensions])).toEqual([
      [['1', '0'], 2],
      [['-1'], 2],
    ]);
    expect(keys).toEqual(['Bearer secret', 'Bearer secret']);
  });

  it('is not asked to shorten what it cannot, and needs no key', async () => {
    respond = answerAll;
    await embedder().embed(['1']);
    expect(bodies[0]).not.toHaveProperty('dimensions');
    expect(keys).toEqual([undefined]);
  });

  it.each([429, 408, 500, 503])('that answers %s is asked again later, when it says', async (status) => {
    respond = answerWith(status, { error: { message: 'slow down' } }, { 'retry-after': '7' });
    const error = await embedder()
      .embed(['1'])
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmbedderBusyError);
    expect(error).toMatchObject({
      retryAfterMs: 7000,
      message: expect.stringContaining(`${status}: slow down`),
    });
  });

  it.each([400, 401, 404])(
    'that answers %s is not asked again, and its own words are passed on',
    async (status) => {
      respond = answerWith(status, { error: { message: 'no such key' } });
      const asked = embedder({ key: 'secret' }).embed(['1']);
      await expect(asked).rejects.toThrow(EmbedderRefusedError);
      await expect(asked).rejects.toThrow(`${status}: no such key`);
      await expect(asked).rejects.not.toThrow('secret');
    },
  );

  it.each([
    ['no JSON', '<html>', 'does not answer in JSON'],
    ['something else', { ok: true }, 'no list of vectors'],
    ['too few vectors', { data: [{ index: 0, embedding: [1, 0] }] }, '1 vectors for 2 texts'],
    ['one vector twice', { data: [0, 0].map((index) => ({ index, embedding: [1, 0] })) }, 'for 2 texts'],
    [
      'vectors of another length',
      { data: [0, 1].map((index) => ({ index, embedding: [1] })) },
      'have 1 dimensions',
    ],
  ])('that answers with %s is refused', async (_, body, reason) => {
    respond = answerWith(200, body);
    const asked = embedder().embed(['1', '2']);
    await expect(asked).rejects.toThrow(EmbedderRefusedError);
    await expect(asked).rejects.toThrow(reason);
  });

  it('that hangs up, is not there or takes too long is busy', async () => {
    respond = (request) => request.socket.destroy();
    await expect(embedder().embed(['1'])).rejects.toThrow(EmbedderBusyError);
    await expect(embedder({ url: 'http://127.0.0.1:1' }).embed(['1'])).rejects.toThrow(EmbedderBusyError);
    respond = () => {};
    await expect(embedder({ timeoutMs: 50 }).embed(['1'])).rejects.toThrow(EmbedderBusyError);
  });

  it('is left when the caller no longer waits', async () => {
    const caller = new AbortController();
    respond = () => caller.abort(new Error('left'));
    await expect(embedder().embed(['1'], caller.signal)).rejects.toThrow('left');
  });
});

it('how long to wait may be a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const wait = (said: string) => retryAfterMs(new Headers({ 'retry-after': said }), now);
  expect(wait('Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
  expect(wait('Wed, 31 Dec 2025 23:00:00 GMT')).toBe(0);
  expect(wait('soon')).toBeUndefined();
});

describe('the environment', () => {
  it('names every variable that will not do', async () => {
    const asked = embedderFromEnvironment({ RAG_EMBEDDINGS: 'openai', RAG_EMBEDDINGS_DIMENSIONS: '9000' });
    await expect(asked).rejects.toThrow(
      [
        'The embeddings are not set up:',
        '  RAG_EMBEDDINGS_URL is the URL up to /embeddings, such as https://api.openai.com/v1',
        '  RAG_EMBEDDINGS_MODEL is the name of the model, such as text-embedding-3-small',
        '  RAG_EMBEDDINGS_DIMENSIONS is a whole number from 1 to 4000',
      ].join('\n'),
    );
    await expect(embedderFromEnvironment({ RAG_EMBEDDINGS: 'ada' })).rejects.toThrow(
      'RAG_EMBEDDINGS is minilm, wordllama or openai',
    );
  });

  it('chooses the embedder', async () => {
    const chosen = await embedderFromEnvironment({
      RAG_EMBEDDINGS: 'openai',
      RAG_EMBEDDINGS_URL: 'http://localhost:11434/v1',
      RAG_EMBEDDINGS_MODEL: 'small',
      RAG_EMBEDDINGS_DIMENSIONS: '512',
    });
    expect(chosen).toMatchObject({ model: 'small/512', dimensions: 512 });
    expect(await embedderFromEnvironment({ ...process.env, RAG_EMBEDDINGS: 'wordllama' })).toMatchObject({
      model: 'wordllama-l2-supercat-256',
      note: expect.stringContaining('MiniLM finds more'),
    });
  });

  it('says how to get models that are not there, and takes no other model instead', async () => {
    await expect(embedderFromEnvironment({ RAG_MODELS_DIR: '/nowhere' })).rejects.toThrow(
      'npm run models:rag',
    );
  });
});
