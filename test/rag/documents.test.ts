import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readVersion } from '../../examples/rag/activities/read-version.js';
import {
  type DocumentQuery,
  listDocuments,
  openDocument,
  summarizeDocuments,
} from '../../examples/rag/documents/catalogue.js';
import { dueDocuments, nextWork } from '../../examples/rag/documents/due-work.js';
import type { Limits } from '../../examples/rag/documents/limits.js';
import {
  dropLeavingModels,
  liveModel,
  modelProgress,
  neededModels,
  startModel,
  switchModel,
  vectorTable,
} from '../../examples/rag/documents/models.js';
import type { NewPassage } from '../../examples/rag/documents/passages.js';
import { publishVersion } from '../../examples/rag/documents/publish.js';
import { beginReading, failVersion, savePassages } from '../../examples/rag/documents/reading.js';
import { markDeleted, removeDocument } from '../../examples/rag/documents/removal.js';
import { addDocument, replaceDocument, type Upload } from '../../examples/rag/documents/upload.js';
import { buildIndex, needsIndex } from '../../examples/rag/documents/vector-index.js';
import { saveVectors, textsOfAll, textsOfVersion } from '../../examples/rag/documents/vectors.js';
import type { VersionKey } from '../../examples/rag/documents/version.js';
import { versionsOf } from '../../examples/rag/documents/versions-of.js';
import { eventually } from '../support/eventually.js';
import type { TestTenantry } from '../support/tenantry.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

const limits: Limits = { documents: 4, bytes: 1_000, passages: 10 };
const embedder = wordEmbedder();

let t: TestTenantry;
let pool: pg.Pool;

beforeAll(async () => {
  t = await startWorkspaces();
  await t.startWorker();
  pool = await openWorkspace(t, 'acme');
});

beforeEach(async () => {
  await pool.query('delete from passages');
  await pool.query('delete from documents');
  for (const model of await neededModels(pool)) await pool.query(`drop table ${vectorTable(model)}`);
  await pool.query('delete from embedding_models');
});

afterAll(() => t.stop());

const text = (content: string, more: Partial<Upload> = {}): Upload => ({
  kind: 'text',
  content: Buffer.from(content),
  ...more,
});

/** A passage for each line. */
const passagesOf = (content: string): NewPassage[] =>
  content.split('\n').map((line, ordinal) => ({
    ordinal,
    heading: '',
    from: content.indexOf(line),
    to: content.indexOf(line) + line.length,
    text: line,
    tokens: 1,
  }));

/** As the activity does. */
function readIt(version: VersionKey): Promise<boolean> {
  const context = { cancellationSignal: new AbortController().signal } as Partial<Context> as Context;
  return asyncLocalStorage.run(context, () => readVersion(pool, version, embedder, limits));
}

async function read(version: VersionKey) {
  const found = await beginReading(pool, version);
  if (found.stage !== 'begun') throw new Error('it is not to be read');
  const content = found.content.toString();
  await savePassages(pool, version, { text: content, passages: passagesOf(content) }, limits);
}

async function embed(version: VersionKey): Promise<number> {
  let embedded = 0;
  for (const model of await neededModels(pool)) {
    const texts = await textsOfVersion(pool, model, version, 16);
    await saveVectors(pool, model, texts, await embedder.embed(texts.map((each) => each.text)));
    embedded += texts.length;
  }
  return embedded;
}

async function bringLive(upload: Upload): Promise<VersionKey> {
  await startModel(pool, embedder);
  const version = await addDocument(pool, upload, limits);
  await read(version);
  await embed(version);
  expect(await publishVersion(pool, version)).toBe('live');
  return version;
}

async function count(table: string): Promise<number> {
  return Number((await pool.query(`select count(*) from ${table}`)).rows[0].count);
}

const searchable = async () =>
  (
    await pool.query(
      `select p.text from passages p join documents d on d.id = document_id and live_version = version
       where deleted_at is null order by d.created_at, ordinal`,
    )
  ).rows.map((row) => row.text);

describe('an upload', () => {
  it('of the same content is the same document, at the same moment too', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => addDocument(pool, text('one'), limits)));
    expect(new Set(all.map(({ documentId }) => documentId)).size).toBe(1);
    expect(all.map(({ outcome }) => outcome).sort()).toEqual([
      'added',
      ...Array.from({ length: 4 }, () => 'unchanged'),
    ]);
  });

  it('of another content from the same origin is its next version', async () => {
    const first = await addDocument(pool, text('one', { origin: 'a.txt' }), limits);
    const second = await addDocument(pool, text('two', { origin: 'a.txt' }), limits);
    expect(second).toEqual({ documentId: first.documentId, version: 2, outcome: 'replaced' });
    const { rows } = await pool.query('select version, state from versions order by version');
    expect(rows).toEqual([
      { version: 1, state: 'overtaken' },
      { version: 2, state: 'queued' },
    ]);
    expect(await nextWork(pool, first.documentId)).toEqual({ kind: 'version', version: 2 });
  });

  it('that replaces a document gives it no content that another has', async () => {
    const first = await addDocument(pool, text('one'), limits);
    const second = await addDocument(pool, text('two'), limits);
    await expect(replaceDocument(pool, first.documentId, text('two'), limits)).rejects.toMatchObject({
      name: 'DocumentTwiceError',
      documentId: second.documentId,
    });
    expect(await replaceDocument(pool, first.documentId, text('three'), limits)).toMatchObject({
      version: 2,
    });
    await markDeleted(pool, second.documentId);
    await expect(replaceDocument(pool, second.documentId, text('four'), limits)).rejects.toThrow(
      'There is no such document',
    );
  });

  it('beyond a limit is refused in a sentence', async () => {
    await expect(async () => addDocument(pool, text('x'.repeat(1_001)), limits)).rejects.toThrow(
      'MB at most',
    );
    const all = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) => addDocument(pool, text(`${index}`), limits)),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    expect(all.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'LimitReachedError', message: expect.stringContaining('holds 4 documents') },
    });
  });

  it('whose passages are too many fails alone, with the reason', async () => {
    const version = await addDocument(pool, text(Array.from({ length: 11 }, (_, n) => n).join('\n')), limits);
    await expect(read(version)).rejects.toThrow('more than 10 passages');
    expect(await count('passages')).toBe(0);
  });

  it('of a text that Postgres cannot store is stored without the characters', async () => {
    const version = await addDocument(pool, text('one', { origin: 'a\0b\ud800c' }), limits);
    await beginReading(pool, version);
    const content = 'a\0b\udc00c';
    await savePassages(pool, version, { text: content, passages: passagesOf(content) }, limits);
    expect(await listDocuments(pool)).toMatchObject([{ origin: 'a\ufffdb\ufffdc' }]);
    expect((await pool.query('select text from passages')).rows).toEqual([{ text: 'a\ufffdb\ufffdc' }]);
  });

  it('that failed is tried again when it is uploaded again', async () => {
    const version = await addDocument(pool, text('one'), limits);
    await failVersion(pool, version, 'It is no text.');
    expect(await nextWork(pool, version.documentId)).toEqual({ kind: 'nothing' });
    expect(await listDocuments(pool)).toMatchObject([{ state: 'failed', reason: 'It is no text.' }]);
    expect(await addDocument(pool, text('one'), limits)).toEqual({ ...version, outcome: 'unchanged' });
    expect(await listDocuments(pool)).toMatchObject([{ state: 'queued', reason: null }]);
  });
});

describe('a list of documents', () => {
  it('is a page of them, with what all of them have in common', async () => {
    for (const n of [1, 2, 3, 4])
      await addDocument(pool, text(`${n}`, { title: `${n}`, tags: n < 4 ? ['odd', `t${n}`] : [] }), limits);
    const titles = async (query: DocumentQuery) =>
      (await listDocuments(pool, query)).map(({ title }) => title);
    expect(await titles({ limit: 2 })).toEqual(['4', '3']);
    expect(await titles({ limit: 2, offset: 2 })).toEqual(['2', '1']);
    expect(await titles({ tag: 'odd', limit: 2 })).toEqual(['3', '2']);
    expect(await summarizeDocuments(pool, 'odd')).toEqual({
      documents: 4,
      matching: 3,
      tags: ['odd', 't1', 't2', 't3'],
    });
  });

  it('counts the passages of the documents that it returns, and looks at no others', async () => {
    await startModel(pool, embedder);
    await pool.query(
      `insert into documents (id, title, content_hash, live_version, created_at)
         select gen_random_uuid(), n::text, n::text::bytea, 1, now() - interval '1 day' from generate_series(1, 300) n;
       insert into versions (document_id, version, kind, content, state)
         select id, 1, 'text', '', case when title::integer > 3 then 'embedding' else 'live' end from documents;
       insert into passages (id, document_id, version, ordinal, heading, from_offset, to_offset, text, text_hash, tokens)
         select (title || '/' || n)::bytea, id, 1, n, '', 0, 1, 'x', (title || '/' || n)::bytea, 1
         from documents, generate_series(1, 30) n;
       analyze documents; analyze versions; analyze passages`,
    );
    const read = async () => {
      await pool.query('select pg_stat_force_next_flush()');
      const { rows } = await pool.query(
        `select sum(idx_tup_fetch + seq_tup_read)::integer as read from pg_stat_user_tables where relname = 'passages'`,
      );
      return rows[0].read as number;
    };
    const before = await read();
    const [first] = await listDocuments(pool, { limit: 5 });
    expect(first).toMatchObject({ passages: 30 });
    expect((await read()) - before).toBeLessThan(5 * 30 * 3);
  });
});

describe('what is uploaded again', () => {
  it('before the former version was ready takes the place of its bytes, and then of all that it left', async () => {
    await bringLive(text('a\nb', { origin: 'a.txt' }));
    const overtaken = await addDocument(pool, text('c\nd\ne', { origin: 'a.txt' }), limits);
    await read(overtaken);
    await embed(overtaken);
    const newest = await addDocument(pool, text('f', { origin: 'a.txt' }), limits);
    const kept = async () =>
      (
        await pool.query(
          `select version, state, octet_length(content) + coalesce(octet_length(text), 0) as bytes from versions order by 1`,
        )
      ).rows;
    expect(await kept()).toEqual([
      { version: 1, state: 'live', bytes: 6 },
      { version: 2, state: 'overtaken', bytes: 0 },
      { version: 3, state: 'queued', bytes: 1 },
    ]);
    expect((await versionsOf(pool, newest.documentId)).map(({ version }) => version)).toEqual([3, 1]);
    await read(newest);
    expect(await kept()).toMatchObject([{ version: 1 }, { version: 3 }]);
    expect(await count('passages')).toBe(3);
    expect(await count('app.vectors_1')).toBe(2);
  });

  it('while the former version is being kept waits for it, and neither of them fails', async () => {
    await startModel(pool, embedder);
    const first = await addDocument(pool, text('a', { origin: 'a.txt' }), limits);
    await beginReading(pool, first);
    const other = await pool.connect();
    await other.query('begin; lock table embedding_models in access exclusive mode');
    const kept = savePassages(pool, first, { title: 'A', text: 'a', passages: passagesOf('a') }, limits);
    await eventually('it waits', async () => (await waiting(other)) === 1);
    const second = addDocument(pool, text('b', { origin: 'a.txt' }), limits);
    await eventually('both wait', async () => (await waiting(other)) === 2);
    await other.query('commit');
    other.release();
    expect(await Promise.allSettled([kept, second])).toMatchObject([
      { status: 'fulfilled', value: true },
      { status: 'fulfilled', value: { version: 2, outcome: 'replaced' } },
    ]);
  });

  it('with what another document says is refused, for its own text would stay as it was', async () => {
    const first = await addDocument(pool, text('one', { origin: 'a.txt' }), limits);
    await addDocument(pool, text('two', { origin: 'b.txt' }), limits);
    await expect(addDocument(pool, text('one', { origin: 'b.txt' }), limits)).rejects.toMatchObject({
      name: 'DocumentTwiceError',
      documentId: first.documentId,
    });
  });

  it('from an address of any length is its next version', async () => {
    const origin = `https://example.com/?q=${Array.from({ length: 400 }, () => crypto.randomUUID()).join()}`;
    const first = await addDocument(pool, text('one', { origin }), limits);
    expect(await addDocument(pool, text('two', { origin }), limits)).toMatchObject({
      documentId: first.documentId,
      outcome: 'replaced',
    });
    expect((await addDocument(pool, text('three', { origin: `${origin}x` }), limits)).outcome).toBe('added');
  });

  it('and cannot be read leaves nothing of versions before it that search does not read', async () => {
    await bringLive(text('a\nb', { origin: 'a.txt' }));
    const overtaken = await addDocument(pool, text('c\nd\ne', { origin: 'a.txt' }), limits);
    await read(overtaken);
    await embed(overtaken);
    const unfit = await addDocument(pool, text('f', { origin: 'a.txt' }), limits);
    await failVersion(pool, unfit, 'It is no text.');
    expect(await searchable()).toEqual(['a', 'b']);
    expect(await count('passages')).toBe(2);
    expect(await count('app.vectors_1')).toBe(2);
    expect((await pool.query('select version, state from versions order by version')).rows).toEqual([
      { version: 1, state: 'live' },
      { version: 3, state: 'failed' },
    ]);
  });
});

/** How many wait for a lock. */
async function waiting(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query('select count(*)::integer as waiting from pg_locks where not granted');
  return rows[0].waiting;
}

describe('a version', () => {
  it('is not given up because the database failed while its passages were kept', async () => {
    await startModel(pool, embedder);
    const version = await addDocument(pool, text('one'), limits);
    await pool.query('alter table app.vectors_1 rename to away');
    const failures: unknown[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1)
      failures.push(await readIt(version).catch(({ code }) => code));
    await pool.query('alter table app.away rename to vectors_1');
    expect(new Set(failures)).toEqual(new Set(['42P01']));
    expect(await readIt(version)).toBe(true);
    expect(await listDocuments(pool)).toMatchObject([{ state: 'embedding' }]);
  });

  it('is searchable as a whole, from one moment to the next, in place of the former one', async () => {
    const first = await bringLive(text('a\nb', { origin: 'a.txt' }));
    const second = await addDocument(pool, text('b\nc\nd', { origin: 'a.txt' }), limits);
    await read(second);
    expect(await searchable()).toEqual(['a', 'b']);
    expect(await publishVersion(pool, second)).toBe('incomplete');
    expect(await embed(second)).toBe(2);
    expect(await publishVersion(pool, second)).toBe('live');
    expect(await searchable()).toEqual(['b', 'c', 'd']);
    expect(await count('passages')).toBe(3);
    expect(await count('versions')).toBe(1);
    expect(await count('app.vectors_1')).toBe(3);
    expect(await publishVersion(pool, first)).toBe('overtaken');
    expect(await publishVersion(pool, second)).toBe('live');
    expect(await openDocument(pool, first.documentId)).toMatchObject({
      text: 'b\nc\nd',
      embedded: 3,
      state: 'live',
    });
  });

  it('that was read twice has each passage once, under the same id', async () => {
    const version = await addDocument(pool, text('a\nb'), limits);
    await read(version);
    const ids = await pool.query('select id from passages order by id');
    expect(await beginReading(pool, version)).toEqual({ stage: 'read' });
    await savePassages(pool, version, { text: 'a\nb', passages: passagesOf('a\nb') }, limits);
    expect((await pool.query('select id from passages order by id')).rows).toEqual(ids.rows);
  });

  it('that was overtaken is neither read nor published', async () => {
    await startModel(pool, embedder);
    const first = await addDocument(pool, text('a', { origin: 'a.txt' }), limits);
    await read(first);
    await addDocument(pool, text('b', { origin: 'a.txt' }), limits);
    expect(await beginReading(pool, first)).toEqual({ stage: 'over' });
    expect(await savePassages(pool, first, { text: 'a', passages: [] }, limits)).toBe(false);
    expect(await embed(first)).toBe(0);
    expect(await publishVersion(pool, first)).toBe('overtaken');
  });

  it('whose reading never ends is given up', async () => {
    const version = await addDocument(pool, text('a'), limits);
    for (let reading = 1; reading <= 5; reading += 1)
      expect(await beginReading(pool, version)).toMatchObject({ stage: 'begun' });
    expect(await beginReading(pool, version)).toEqual({ stage: 'over' });
    expect(await listDocuments(pool)).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('no end') },
    ]);
  });

  it("takes the document's own title in place of its origin, and in place of no other", async () => {
    const named = await addDocument(pool, text('a', { origin: 'a.txt', title: 'Mine' }), limits);
    const unnamed = await addDocument(pool, text('b', { origin: 'b.txt' }), limits);
    for (const version of [named, unnamed]) {
      await savePassages(pool, version, { title: 'Its own', text: '', passages: [] }, limits);
    }
    expect((await listDocuments(pool)).map(({ title }) => title).sort()).toEqual(['Its own', 'Mine']);
  });
});

describe('a deletion', () => {
  it('is seen by search at once, and leaves nothing but what others need', async () => {
    const first = await bringLive(text('a\nb'));
    const second = await bringLive(text('b\nc'));
    await markDeleted(pool, first.documentId);
    expect(await searchable()).toEqual(['b', 'c']);
    expect(await dueDocuments(pool)).toEqual([first.documentId]);
    await expect(openDocument(pool, first.documentId)).rejects.toThrow('no such document');
    await removeDocument(pool, first.documentId);
    await removeDocument(pool, second.documentId);
    expect(await count('documents')).toBe(1);
    expect(await count('versions')).toBe(1);
    expect(await count('app.vectors_1')).toBe(2);
    expect((await addDocument(pool, text('a\nb'), limits)).outcome).toBe('added');
  });

  it('takes no vector that a document needs which comes at the same moment', async () => {
    await startModel(pool, embedder);
    for (let round = 0; round < 10; round += 1) {
      const former = await bringLive(text(`shared\n${round}`));
      await markDeleted(pool, former.documentId);
      const next = await addDocument(pool, text(`shared\n${round} and more`), limits);
      const ingest = async () => {
        await read(next);
        do await embed(next);
        while ((await publishVersion(pool, next)) === 'incomplete');
      };
      await Promise.all([ingest(), removeDocument(pool, former.documentId)]);
      expect(await count('app.vectors_1')).toBe(2);
      await markDeleted(pool, next.documentId);
      await removeDocument(pool, next.documentId);
      expect(await count('app.vectors_1')).toBe(0);
    }
  });
});

describe('a change of model', () => {
  const nextEmbedder = wordEmbedder({ model: 'more words', dimensions: 32 });

  it('switches only when every passage has a vector, those of newcomers too', async () => {
    await bringLive(text('a\nb'));
    const next = await startModel(pool, nextEmbedder);
    expect(next.state).toBe('filling');
    expect(await startModel(pool, nextEmbedder)).toEqual(next);
    expect(await modelProgress(pool, next)).toEqual({ done: 0, of: 2 });
    expect(await switchModel(pool, next.id)).toBe(false);
    const newcomer = await addDocument(pool, text('c'), limits);
    await read(newcomer);
    const texts = await textsOfAll(pool, next, 16);
    await saveVectors(pool, next, texts, await nextEmbedder.embed(texts.map((each) => each.text)));
    expect(await switchModel(pool, next.id)).toBe(true);
    expect(await publishVersion(pool, newcomer)).toBe('incomplete');
    expect(await liveModel(pool)).toMatchObject({ model: 'more words', dimensions: 32 });
    await dropLeavingModels(pool);
    expect((await pool.query(`select to_regclass('app.vectors_1') as table`)).rows).toEqual([
      { table: null },
    ]);
  });

  it('that was followed by another one leaves nothing', async () => {
    await startModel(pool, embedder);
    const next = await startModel(pool, nextEmbedder);
    const last = await startModel(pool, wordEmbedder({ model: 'last' }));
    expect((await neededModels(pool)).map(({ model }) => model)).toEqual(['words', 'last']);
    expect(last.id).toBeGreaterThan(next.id);
    await expect(startModel(pool, wordEmbedder({ model: 'last', dimensions: 8 }))).rejects.toThrow('had 64');
  });
});

describe('the index', () => {
  it('is built when there are too many vectors to compare with each', async () => {
    await bringLive(text('a\nb\nc'));
    const model = (await liveModel(pool)) ?? expect.fail();
    expect(await needsIndex(pool, model)).toBe(false);
    expect(await needsIndex(pool, model, 2)).toBe(true);
    await Promise.all([buildIndex(pool, model), buildIndex(pool, model)]);
    expect(await needsIndex(pool, model, 2)).toBe(false);
  });
});
