import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddersOf } from '../../examples/rag/embeddings/embedders.js';
import { confidenceIn, namesAndNumbersIn, verdictOn } from '../../examples/rag/search/confidence.js';
import { diversify } from '../../examples/rag/search/diversify.js';
import { HttpReranker, rerankerFrom } from '../../examples/rag/search/http-reranker.js';
import { planSearch } from '../../examples/rag/search/plan.js';
import { probe } from '../../examples/rag/search/probe.js';
import { SearchModelError, search } from '../../examples/rag/search/search.js';
import { workspaceAsker } from '../../examples/rag/server/ask-workspace.js';
import { conceptEmbedder } from './support/concept-embedder.js';
import { startHttpServer } from './support/http-server.js';
import {
  addLive,
  addPassages,
  type RagWorkspace,
  startModel,
  startRagWorkspace,
} from './support/workspace.js';

let workspace: RagWorkspace;
let handbook: string;
let ferries: string;

beforeAll(async () => {
  workspace = await startRagWorkspace();
  const { pool } = workspace;
  expect(await search(pool, conceptEmbedder, 'Anything?')).toMatchObject({
    passages: [],
    verdict: 'not found',
  });
  await startModel(pool, conceptEmbedder);
  handbook = await addLive(pool, conceptEmbedder, {
    title: 'Handbook',
    tags: ['people'],
    passages: [
      'Everybody has 25 days of vacation a year.',
      'The salary arrives on the 28th of each month.',
      'Error E-4012 means that the login has expired.',
    ],
  });
  ferries = await addLive(pool, conceptEmbedder, {
    title: 'Ferries',
    tags: ['travel', 'sea'],
    passages: ['The ferry to Oban leaves at nine.', 'A vessel under repair carries nobody.'],
  });
});

afterAll(() => workspace.stop());

const textsOf = ({ passages }: { passages: readonly { text: string }[] }) => passages.map(({ text }) => text);

describe('search', () => {
  it('finds by meaning what shares no word with the question', async () => {
    const result = await search(workspace.pool, conceptEmbedder, 'How many holidays do I get?');
    expect(result.passages[0]).toMatchObject({
      documentId: handbook,
      title: 'Handbook',
      version: 1,
      from: 0,
      to: 41,
      text: 'Everybody has 25 days of vacation a year.',
    });
    expect(result.passages[0]?.scores.cosine).toBeCloseTo(1, 2);
    expect(result.passages[0]?.scores.coverage).toBe(0);
  });

  it('finds by its letters a code that has no meaning', async () => {
    const result = await search(workspace.pool, conceptEmbedder, 'What is E-4012?');
    expect(textsOf(result)[0]).toContain('E-4012');
    expect(result.passages[0]?.scores.coverage).toBeGreaterThan(0.9);
  });

  it('lets a rare word count more than a frequent one', async () => {
    const { pool } = workspace;
    const passages = ['A red stamp.', 'A red pen.', 'A red ribbon.', 'A blue pencil.'];
    const id = await addLive(pool, conceptEmbedder, { title: 'Stationery', passages });
    const words = { weights: { vector: 0, text: 1 } };
    const result = await search(pool, conceptEmbedder, 'red or blue', words);
    expect(textsOf(result)[0]).toBe('A blue pencil.');
    expect(result.passages).toHaveLength(4);
    await pool.query('delete from documents where id = $1', [id]);
  });

  it('ranks by words only passages that have a quoted phrase', async () => {
    const words = { weights: { vector: 0, text: 1 } };
    const result = await search(workspace.pool, conceptEmbedder, 'repair "the ferry to Oban" vessel', words);
    expect(textsOf(result)).toEqual(['The ferry to Oban leaves at nine.']);
  });

  it('takes any characters for a question', async () => {
    for (const question of [
      '',
      '???',
      `'; drop table documents; --`,
      'a & | ! ( <-> :* \\',
      '"',
      '-"x" or -y',
      '日本語',
    ]) {
      const result = await search(workspace.pool, conceptEmbedder, question);
      expect(result.passages.length).toBeGreaterThan(0);
    }
  });

  it('takes a vector that is like nothing for a vector that is far from each', async () => {
    const zeros = { ...conceptEmbedder, embed: async () => [new Float32Array(conceptEmbedder.dimensions)] };
    const result = await search(workspace.pool, zeros, 'What is E-4012?');
    expect(textsOf(result)[0]).toContain('E-4012');
    expect(result.passages.map(({ scores }) => scores.cosine)).toEqual([0, 0, 0, 0, 0]);
  });

  it('stays within documents and tags', async () => {
    const about = (filter: object) => search(workspace.pool, conceptEmbedder, 'holidays', filter);
    expect(await about({ documentIds: [ferries] })).toMatchObject({
      passages: [{ documentId: ferries }, { documentId: ferries }],
      how: { passages: 2 },
    });
    expect((await about({ tags: ['sea', 'nothing'] })).how.passages).toBe(2);
    expect((await about({ tags: ['people'], documentIds: [ferries] })).passages).toEqual([]);
    expect((await about({ documentIds: [] })).passages).toEqual([]);
  });

  it('returns as many as it is asked for, the best first', async () => {
    const result = await search(workspace.pool, conceptEmbedder, 'ferry', { limit: 2 });
    const fused = result.passages.map(({ scores }) => scores.fused);
    expect(fused).toHaveLength(2);
    expect(fused).toEqual(fused.toSorted((a, b) => b - a));
  });

  it('says what it was made with', async () => {
    const { how } = await search(workspace.pool, conceptEmbedder, 'ferry');
    expect(how).toEqual({
      vectors: 'exact',
      reason: '5 passages are few enough to compare them all',
      passages: 5,
      model: 'concepts',
      text: 'tsvector, english',
    });
  });

  it('refuses to compare vectors of two models', async () => {
    const other = { ...conceptEmbedder, model: 'another' };
    await expect(search(workspace.pool, other, 'ferry')).rejects.toThrow(SearchModelError);
  });

  it('reads neither a version that is not live nor a deleted document', async () => {
    const { pool } = workspace;
    const id = await addLive(pool, conceptEmbedder, { title: 'Wages', passages: ['The old wage is 10.'] });
    await pool.query(
      `insert into versions (document_id, version, kind, content, state) values ($1, 2, 'text', '', 'embedding')`,
      [id],
    );
    await addPassages(pool, conceptEmbedder, {
      id,
      version: 2,
      heading: '',
      passages: ['The new wage is 12.'],
    });
    const found = async () => textsOf(await search(pool, conceptEmbedder, 'wage', { limit: 20 }));
    expect(await found()).toContain('The old wage is 10.');
    expect(await found()).not.toContain('The new wage is 12.');
    await pool.query('update documents set live_version = 2 where id = $1', [id]);
    expect(await found()).toContain('The new wage is 12.');
    expect(await found()).not.toContain('The old wage is 10.');
    await pool.query('update documents set deleted_at = now() where id = $1', [id]);
    expect((await found()).join()).not.toContain('wage');
    await pool.query('delete from documents where id = $1', [id]);
  });
});

describe('the verdict', () => {
  it('asks of a passage the names and the numbers of the question', () => {
    expect(namesAndNumbersIn('Who led Porto in 2024, and what is E-4012?')).toEqual([
      'Porto',
      '2024',
      'E-4012',
    ]);
    const scores = { cosine: 0.6, coverage: 0.5, text: 0, fused: 0 };
    const place = { id: '', documentId: '', version: 1, from: 0, to: 0 };
    const porto = { ...place, title: 'Porto', heading: '', text: 'The site manager is Ana.', scores };
    expect(confidenceIn('Who is the site manager in Porto?', [porto])).toBeCloseTo(1.1);
    expect(confidenceIn('Who is the site manager in Lisbon?', [porto])).toBeCloseTo(0.1);
    expect(confidenceIn('Who is the site manager?', [])).toBe(0);
  });

  it('is unsure between its thresholds, and where none were measured', () => {
    const thresholds = { hopeless: 0.1, unsure: 0.3, found: 1 };
    const verdicts = [0.2, 0.3, 0.9, 1].map((confidence) => verdictOn(confidence, thresholds, false));
    expect(verdicts).toEqual(['not found', 'unsure', 'unsure', 'found']);
    expect(verdictOn(2, undefined, false)).toBe('unsure');
  });

  it('leaves to a language model that reads the passages what is not hopeless', () => {
    const thresholds = { hopeless: 0.1, unsure: 0.3, found: 1 };
    const verdicts = [0.05, 0.1, 0.9, 1].map((confidence) => verdictOn(confidence, thresholds, true));
    expect(verdicts).toEqual(['not found', 'unsure', 'unsure', 'found']);
  });
});

describe('diversity', () => {
  it('prefers another passage to one that repeats the first', () => {
    const relevances = [1, 0.99, 0.8];
    const similarities = [
      [1, 0.98, 0.1],
      [0.98, 1, 0.1],
      [0.1, 0.1, 1],
    ];
    expect(diversify(relevances, similarities, 1, 3)).toEqual([0, 1, 2]);
    expect(diversify(relevances, similarities, 0.5, 2)).toEqual([0, 2]);
  });
});

describe('a workspace with many passages', () => {
  it('counts no further than it has to', async () => {
    const plan = await planSearch(workspace.pool, {}, 3);
    expect(plan).toMatchObject({
      vectors: 'exact',
      passages: 4,
      reason: 'there are more than 3 passages, but no HNSW index yet',
    });
  });

  it('uses an HNSW index if there is one, and scans on where a filter leaves few', async () => {
    const { pool } = workspace;
    const id = await addLive(pool, conceptEmbedder, { title: 'Many', tags: ['many'], passages: [] });
    await pool.query(
      `with made as (
         select n, 'Line ' || n as text, sha256(('line ' || n)::bytea) as hash from generate_series(1, 20100) as n
       ), vectors as (
         insert into app.vectors_1 select hash, array[random(), random(), 0, random(), 0.1]::halfvec(5) from made
       )
       insert into passages (id, document_id, version, ordinal, heading, from_offset, to_offset, text, text_hash, tokens)
       select hash, $1, 1, n, '', 0, 1, text, hash, 2 from made`,
      [id],
    );
    const compared = await search(pool, conceptEmbedder, 'ship', { limit: 2 });
    expect(compared.how).toMatchObject({
      vectors: 'exact',
      reason: 'there are more than 20000 passages, but no HNSW index yet',
    });
    await pool.query('create index on app.vectors_1 using hnsw (vector halfvec_cosine_ops)');
    const looked = await search(pool, conceptEmbedder, 'ship', { limit: 2 });
    expect(looked.how).toMatchObject({ vectors: 'hnsw', passages: 20_001 });
    expect(textsOf(looked)).toEqual(textsOf(compared));
    const few = await search(pool, conceptEmbedder, 'ship', { tags: ['sea', 'people'] });
    expect(few.how).toMatchObject({ vectors: 'exact', passages: 5 });
    const far = await search(pool, conceptEmbedder, 'payslip', { tags: ['many', 'sea'], limit: 10 });
    expect(far.how.vectors).toBe('hnsw');
    expect(far.passages).toHaveLength(10);
    await pool.query('delete from documents where id = $1', [id]);
  });
});

describe('a reranker', () => {
  it('decides the order, and is named', async () => {
    const { reranker, asked, close } = await rerankServer((texts) =>
      texts.map((text, index) => ({ index, relevance_score: text.includes('salary') ? 0.9 : 0.1 })),
    );
    const result = await search(workspace.pool, conceptEmbedder, 'holidays', { reranker });
    expect(textsOf(result)[0]).toContain('salary');
    expect(result.how.reranker).toBe('test-reranker');
    expect(asked).toMatchObject([{ model: 'test-reranker', query: 'holidays' }]);
    await close();
  });

  it('that does not answer is said to, and the order of the fusion stays', async () => {
    const { reranker, close } = await rerankServer(() => undefined);
    const result = await search(workspace.pool, conceptEmbedder, 'holidays', { reranker });
    expect(textsOf(result)[0]).toContain('vacation');
    expect(result.how.reranker).toBe('not used: The reranker answered with status 503.');
    await close();
  });
});

describe('the reranker of the environment', () => {
  it('orders what a workspace is shown', async () => {
    const { url, bodies, close } = await startHttpServer((response, body) => {
      const { documents } = body as { documents: string[] };
      const results = documents.map((text, index) => ({
        index,
        relevance_score: Number(text.includes('salary')),
      }));
      response.end(JSON.stringify({ results }));
    });
    const reranker = rerankerFrom({ RAG_RERANK_URL: url, RAG_RERANK_KEY: '', RAG_RERANK_MODEL: 'judge' });
    const ask = workspaceAsker({ embedders: embeddersOf(conceptEmbedder), reranker });
    const events = [];
    for await (const event of ask(workspace.pool, 'holidays', {}, new AbortController().signal))
      events.push(event);
    expect(events[0]).toMatchObject({
      kind: 'found',
      found: { passages: [{ text: 'The salary arrives on the 28th of each month.' }, {}, {}, {}, {}] },
    });
    expect(events[0]).toMatchObject({ found: { how: { reranker: 'judge' } } });
    expect(bodies).toMatchObject([{ model: 'judge', query: 'holidays' }]);
    await close();
  });

  it('is none without an address, and needs a model', () => {
    expect(rerankerFrom({ RAG_RERANK_URL: '', RAG_RERANK_MODEL: 'judge' })).toBeUndefined();
    expect(() => rerankerFrom({ RAG_RERANK_URL: 'http://127.0.0.1:1' })).toThrow('RAG_RERANK_MODEL');
  });
});

async function rerankServer(scores: (texts: string[]) => object[] | undefined) {
  const server = await startHttpServer((response, body) => {
    const results = scores((body as { documents: string[] }).documents);
    response.statusCode = results === undefined ? 503 : 200;
    response.end(JSON.stringify({ results }));
  });
  const reranker = new HttpReranker({ url: server.url, model: 'test-reranker' });
  return { reranker, asked: server.bodies, close: () => server.close() };
}

describe('the probe', () => {
  it('says what the workspace has for search', async () => {
    const abilities = await probe(workspace.pool);
    expect(abilities).toMatchObject({ halfvec: true, iterativeScan: true });
    expect(abilities.pgvector).toMatch(/^0\.\d+/);
    expect(abilities.others.every(({ installed }) => !installed)).toBe(true);
  });
});
