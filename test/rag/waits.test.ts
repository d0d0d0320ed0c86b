import { once } from 'node:events';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dependenciesOf } from '../../examples/rag/activities/dependencies-of.js';
import { activitiesOf } from '../../examples/rag/activities/index.js';
import { askForWork } from '../../examples/rag/documents/ask-for-work.js';
import { listDocuments } from '../../examples/rag/documents/catalogue.js';
import { documentWaits } from '../../examples/rag/documents/document-waits.js';
import { limitsOf } from '../../examples/rag/documents/limits.js';
import { addDocument } from '../../examples/rag/documents/upload.js';
import { EmbedderRefusedError } from '../../examples/rag/embeddings/embedder-refused-error.js';
import { embeddersOf } from '../../examples/rag/embeddings/embedders.js';
import { ingestEvents } from '../../examples/rag/server/ingest-events.js';
import { troubleOf } from '../../examples/rag/server/trouble.js';
import { workspaceOf } from '../../examples/rag/server/workspace.js';
import { updateProject } from '../../neon/projects.js';
import { eventually } from '../support/eventually.js';
import { allLive, essay, upload, workersOf, workflowsPath } from './support/ingest.js';
import { type RagApp, startRagApp } from './support/rag-app.js';
import { Visitor, wordsOf } from './support/visitor.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace } from './support/workspaces.js';

const words = wordEmbedder({ msPerText: 2 });
let isRefusing = false;
const embedder = {
  ...words,
  async embed(texts: readonly string[], signal?: AbortSignal) {
    if (isRefusing) throw new EmbedderRefusedError('http://10.0.0.7 answers 401: the key is wrong');
    return words.embed(texts, signal);
  },
};

let rag: RagApp;
let visitor: Visitor;
let id: string;
let url: string;
const log: string[] = [];

beforeAll(async () => {
  const stream = new Writable({
    write(line, _encoding, done) {
      log.push(String(line));
      done();
    },
  });
  rag = await startRagApp({ embedder, logger: { stream } });
  url = await rag.app.listen({ port: 0, host: '127.0.0.1' });
  visitor = new Visitor(rag.app);
  await visitor.get('/sign-up');
  await visitor.post('/sign-up', {
    workspace: 'Acme',
    email: 'a@example.com',
    password: 'correct horse battery',
  });
  id = (await rag.accounts.sessions.find(visitor.sessionToken))?.workspaceId ?? '';
  await (await rag.t.tenantry.lastOperation(id))?.result();
});

afterAll(() => rag.stop());

/** Reads a stream of events as a page does. */
async function follow(path: string, signal?: AbortSignal) {
  const headers = { cookie: `session=${visitor.cookies.get('session')}` };
  const response = await fetch(`${url}${path}`, { headers, signal: signal ?? null });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return {
    status: response.status,
    /** Returns what came since the last time, up to the sign. */
    async until(sign: RegExp): Promise<string> {
      for (let said = ''; ; ) {
        const { value, done } = (await reader?.read()) ?? { done: true };
        said += value ?? '';
        if (sign.test(said)) return said;
        if (done) throw new Error(`it ended before ${sign}: ${said}`);
      }
    },
  };
}

/** What a document waits for. */
async function causeOf(tenantId: string, documentId: string, workers = workersOf(rag.t)) {
  return (await documentWaits(workers, tenantId, [documentId])).get(documentId)?.cause;
}

/** Stores a document and has it worked on by the workers of another queue. */
async function handOver(tenantId: string, taskQueue: string) {
  const pool = await rag.t.tenantry.pool(tenantId);
  const content = Buffer.from(essay(taskQueue, 1));
  const { documentId } = await addDocument(pool, { kind: 'text', content }, limitsOf('free'));
  const workers = { ...workersOf(rag.t), taskQueue };
  await askForWork(workers, { tenantId, documentId });
  return { documentId, workers };
}

describe('a document that waits', () => {
  it('says why in the list, on its page and in the events, and goes on by itself', async () => {
    isRefusing = true;
    await visitor.get('/documents/new');
    await visitor.post('/documents/paste', { title: 'Tea', text: 'Tea is served at four.' });
    const reason = 'The model that indexes documents refuses to work.';
    let body = '';
    await eventually('the list says why', async () => {
      ({ body } = await visitor.get('/documents'));
      return /Waiting .*refuses to work.* Next try at \d\d:\d\d UTC\./.test(wordsOf(body));
    });
    expect(body).not.toContain('10.0.0.7');
    const path = /href="(\/documents\/[0-9a-f-]{36})"/.exec(body)?.[1] ?? '';
    expect(wordsOf((await visitor.get(path)).body)).toContain(reason);

    const pages = await Promise.all([follow('/documents/progress'), follow(`${path}/progress`)]);
    for (const page of pages) expect(await page.until(/event: state\ndata: .*\n/)).toContain(reason);
    isRefusing = false;
    for (const page of pages) {
      const rest = await page.until(/event: end\ndata: null\n\n$/);
      const last = rest.match(/^event: state\ndata: .*$/gm)?.at(-1);
      expect(last).toContain('Ready');
      expect(last).not.toContain(reason);
    }
  });

  it('says that no worker takes its work, be it all of it or the embedding alone', async () => {
    await openWorkspace(rag.t, 'unattended');
    const { documentId, workers } = await handOver('unattended', 'nobody');
    await eventually(
      'it says so',
      async () => (await causeOf('unattended', documentId, workers)) === 'NoWorker',
    );

    const half = `${rag.t.taskQueue}-half`;
    const { activities, queues } = activitiesOf(dependenciesOf(rag.t.tenantry, embeddersOf(embedder)), 1);
    await rag.t.startWorker({
      workflowsPath,
      taskQueue: half,
      activities,
      queues: { reading: queues.reading },
    });
    const read = await handOver('unattended', half);
    await eventually(
      'it is read, and says so',
      async () => (await causeOf('unattended', read.documentId, read.workers)) === 'NoWorker',
    );
    const pool = await rag.t.tenantry.pool('unattended');
    expect((await listDocuments(pool)).find((each) => each.id === read.documentId)?.state).toBe('embedding');
  });

  it('does not keep its page waiting where Temporal is away', async () => {
    const { temporal, taskQueue } = workersOf(rag.t);
    const silent = {
      ...temporal,
      connection: { ...temporal.connection, withDeadline: () => new Promise<never>(() => {}) },
    };
    const startedAt = Date.now();
    const waits = await documentWaits({ temporal: silent as unknown as typeof temporal, taskQueue }, id, [
      'a',
      'b',
    ]);
    expect(Date.now() - startedAt).toBeLessThan(4_000);
    expect([...waits.values()]).toEqual([{ cause: 'NoTemporal' }, { cause: 'NoTemporal' }]);
  });
});

describe('a workspace that is full in the middle of an ingest', () => {
  it('keeps what it has, shows nothing by halves, says why, and goes on once there is room', async () => {
    const pool = await openWorkspace(rag.t, 'full');
    await upload(rag.t, 'full', essay('before', 2), 'before.txt');
    await allLive(pool, 1);
    const projectId = (await rag.t.tenantry.get('full'))?.projectId ?? expect.fail();
    const allow = (logical_size_bytes: number) =>
      updateProject(rag.t.neon, projectId, { settings: { quota: { logical_size_bytes } } });
    const searched = async () =>
      (
        await pool.query<{ origin: string; version: number; passages: number }>(
          `select origin, p.version, count(*)::integer as passages from passages p
           join documents d on d.id = p.document_id and d.live_version = p.version
           where deleted_at is null group by 1, 2 order by 1`,
        )
      ).rows;

    const { documentId } = await upload(rag.t, 'full', essay('after', 400), 'after.txt');
    await eventually('some of it is embedded', async () => {
      const [newest] = await listDocuments(pool);
      return newest?.id === documentId && newest.embedded > 0;
    });
    const before = await searched();
    await allow(1);
    await eventually(
      'it says that it is full',
      async () => (await causeOf('full', documentId)) === 'WorkspaceFull',
    );
    expect(await searched()).toEqual(before);
    expect((await listDocuments(pool)).map(({ state }) => state)).toEqual(['embedding', 'live']);
    await expect(upload(rag.t, 'full', 'one more', 'more.txt')).rejects.toThrow('project size limit');

    await allow(500_000_000);
    await allLive(pool, 2);
    const { rows } = await pool.query(
      `select count(*)::integer as passages, count(distinct ordinal)::integer as places, max(ordinal) + 1 as last,
         count(v.text_hash)::integer as vectors
       from passages p left join app.vectors_1 v using (text_hash) where document_id = $1`,
      [documentId],
    );
    const { passages } = rows[0];
    expect(passages).toBeGreaterThan(100);
    expect(rows).toEqual([{ passages, places: passages, last: passages, vectors: passages }]);
  });
});

describe('the events of a page', () => {
  it('say that the workspace is paused, wake nothing meanwhile, and go on once it is back', async () => {
    const tenantId = 'paused';
    await openWorkspace(rag.t, tenantId);
    const workspace = workspaceOf(tenantId, {
      tenantry: rag.t.tenantry,
      workers: workersOf(rag.t),
      ask: () => expect.fail(),
      limits: async () => limitsOf('free'),
    });
    isRefusing = true;
    await upload(rag.t, tenantId, essay(tenantId, 3));
    let looks = 0;
    const events = ingestEvents(
      {
        ...workspace,
        troubleOf,
        documents: () => {
          looks += 1;
          return workspace.documents();
        },
      },
      { documents: 50, waits: 50, trouble: 50 },
    );
    const seen: string[] = [];
    const until = async (sign: RegExp) => {
      for (;;) {
        const { value, done } = await events.next();
        const said = JSON.stringify(value ?? 'over');
        seen.push(said);
        if (sign.test(said)) return;
        if (done) throw new Error(`it ended before ${sign}: ${seen.slice(-3)}`);
      }
    };
    await until(/refuses to work/);
    const atRest = looks;
    for (let n = 0; n < 5; n += 1) await until(/of them waiting/);
    expect(looks).toBe(atRest);

    await rag.t.tenantry.execute.suspend(tenantId);
    isRefusing = false;
    await until(/closed for the moment|Your workspace is paused/);
    await rag.t.tenantry.execute.resume(tenantId);
    await until(/Ready/);
    await until(/"event":"end"/);
  });
});

describe('the pages of a workspace that follow something', () => {
  it('are twenty at most, and are counted no more once they are left', async () => {
    isRefusing = true;
    await visitor.get('/documents/new');
    await visitor.post('/documents/paste', { title: 'Jam', text: 'Jam tomorrow.' });
    const left = new AbortController();
    const progress = (signal: AbortSignal) => follow('/documents/progress', signal);
    const open = await Promise.all(Array.from({ length: 20 }, () => progress(left.signal)));
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await progress(left.signal)).status).toBe(429);
    left.abort();
    const again = new AbortController();
    await eventually('there is room again', async () => (await progress(again.signal)).status === 200);
    again.abort();
    isRefusing = false;
  });
});

describe('a workspace with vectors of a model that the server was not given', () => {
  it('says so in words, and tells the operator what to set', async () => {
    const pool = await rag.t.tenantry.pool(id);
    await pool.query(`update embedding_models set model = 'the-former-model'`);
    await visitor.get('/');
    const page = await visitor.post('/ask', { question: 'When is tea served?' });
    expect(page.statusCode).toBe(503);
    expect(wordsOf(page.body)).toContain('This service is not set up completely.');
    const streamed = await visitor.post('/ask', { question: 'Tea?' }, { accept: 'text/event-stream' });
    expect(streamed.body).toContain('This service is not set up completely.');
    for (const { body } of [page, streamed]) expect(body).not.toContain('the-former-model');
    const told = log.filter((line) => line.includes('RAG_FORMER_EMBEDDINGS'));
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('the-former-model');
    await pool.query(`update embedding_models set model = 'words'`);
  });
});

describe('a server that is to end', () => {
  it('does so, though a page follows a document that waits, and a browser holds a connection ready', async () => {
    const ready = connect(Number(new URL(url).port), '127.0.0.1');
    ready.on('error', () => {});
    await once(ready, 'connect');
    isRefusing = true;
    await upload(rag.t, id, 'Ink is blue.');
    const page = await follow('/documents/progress');
    await page.until(/refuses to work/);
    const startedAt = Date.now();
    const closing = rag.app.close();
    await expect(page.until(/event: end/)).rejects.toThrow();
    await closing;
    // Node gives a connection a minute to send its first request.
    expect(Date.now() - startedAt).toBeLessThan(45_000);
  });
});
