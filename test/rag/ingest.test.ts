import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askForWork, seeToDocuments } from '../../examples/rag/documents/ask-for-work.js';
import { listDocuments, openDocument } from '../../examples/rag/documents/catalogue.js';
import { limitsOf } from '../../examples/rag/documents/limits.js';
import { markDeleted } from '../../examples/rag/documents/removal.js';
import { addDocument } from '../../examples/rag/documents/upload.js';
import { EmbedderBusyError } from '../../examples/rag/embeddings/embedder.js';
import { keepDocumentId } from '../../examples/rag/workflows/names.js';
import { updateProject } from '../../neon/projects.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import type { TestTenantry } from '../support/tenantry.js';
import { allLive, checkPassages, essay, startRagWorker, upload, workersOf } from './support/ingest.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

const words = wordEmbedder({ msPerText: 2 });
/** How often the embedder still asks for patience. */
let busy = 0;
/** How often it still fails of a defect, and quotes what it was given. */
let broken = 0;
const newest = {
  ...words,
  async embed(texts: readonly string[], signal?: AbortSignal) {
    if (busy-- > 0) throw new EmbedderBusyError('come back later', 10);
    if (broken-- > 0) throw new TypeError(`cannot embed ${texts}`);
    return words.embed(texts, signal);
  },
};

let t: TestTenantry;

beforeAll(async () => {
  t = await startWorkspaces({ offboardingGrace: 1 });
  await startRagWorker(t, { newest }, { indexAbove: 60 });
});

afterAll(() => t.stop());

const runOf = (tenantId: string, documentId: string) =>
  t.temporal.workflow.getHandle(keepDocumentId({ tenantId, documentId }));

const stateOf = async (pool: pg.Pool, documentId: string) =>
  (await listDocuments(pool)).find(({ id }) => id === documentId)?.state;

/** Interrupts an ingest in the middle, sees it wait for the reason, and lets it go on. */
async function ingestAcross(
  tenantId: string,
  reason: string,
  interruption: { begin(): Promise<unknown>; end(): Promise<unknown> },
) {
  const pool = await t.tenantry.pool(tenantId);
  const { documentId } = await upload(t, tenantId, essay(tenantId, 500));
  await eventually('some of it is embedded', async () => ((await listDocuments(pool))[0]?.embedded ?? 0) > 0);
  await interruption.begin();
  const run = runOf(tenantId, documentId);
  await eventually('it waits', async () => {
    const { pendingActivities } = (await run.describe()).raw;
    return pendingActivities?.some(({ lastFailure }) => lastFailure?.message === reason) ?? false;
  });
  await interruption.end();
  await run.result();
  expect(await stateOf(pool, documentId)).toBe('live');
  expect(await checkPassages(pool)).toBeGreaterThan(60);
}

describe('an upload', () => {
  it('is read, embedded and live, and so is the version that replaces it, of which only new texts are embedded', async () => {
    const pool = await openWorkspace(t, 'acme');
    const first = essay('first', 20);
    const { documentId } = await upload(t, 'acme', first, 'a.txt');
    await allLive(pool, 1);
    await runOf('acme', documentId).result();
    const passages = await checkPassages(pool);
    expect(passages).toBeGreaterThan(15);

    const given = words.given.length;
    const next = `${first}\n\n${essay('second', 1)}`;
    await upload(t, 'acme', next, 'a.txt');
    await runOf('acme', documentId).result();
    expect(await checkPassages(pool)).toBeGreaterThan(passages);
    expect(words.given.length - given).toBeLessThan(5);
    expect(await openDocument(pool, documentId)).toMatchObject({ version: 2, state: 'live', text: next });
  });

  it('twice at the same moment is one document', async () => {
    const pool = await openWorkspace(t, 'twice');
    await Promise.all(Array.from({ length: 5 }, () => upload(t, 'twice', essay('same', 3))));
    await allLive(pool, 1);
    await checkPassages(pool);
  });

  it('that is unfit says why, and keeps no other one up', async () => {
    const pool = await openWorkspace(t, 'unfit');
    const { documentId } = await upload(t, 'unfit', '   ');
    await runOf('unfit', documentId).result();
    expect(await listDocuments(pool)).toMatchObject([
      { state: 'failed', reason: expect.stringMatching(/no text/) },
    ]);
  });

  it('is overtaken by a newer one that comes while it is embedded', async () => {
    const pool = await openWorkspace(t, 'overtaken');
    const { documentId } = await upload(t, 'overtaken', essay('old', 60), 'a.txt');
    await eventually(
      'some of it is embedded',
      async () => ((await listDocuments(pool))[0]?.embedded ?? 0) > 0,
    );
    await upload(t, 'overtaken', essay('new', 5), 'a.txt');
    await runOf('overtaken', documentId).result();
    expect(await openDocument(pool, documentId)).toMatchObject({
      version: 2,
      state: 'live',
      text: essay('new', 5),
    });
    await checkPassages(pool);
  });

  it('that nobody asked work for is seen to at the next visit', async () => {
    const pool = await openWorkspace(t, 'lost');
    await addDocument(
      pool,
      { kind: 'text', content: Buffer.from('of a process that died') },
      limitsOf('free'),
    );
    await seeToDocuments(workersOf(t), 'lost', pool);
    await seeToDocuments(workersOf(t), 'lost', pool);
    await allLive(pool, 1);
  });

  it('gets an index when the vectors are too many to compare with each', async () => {
    const pool = await openWorkspace(t, 'large');
    const { documentId } = await upload(t, 'large', essay('large', 80));
    await runOf('large', documentId).result();
    expect(
      (await pool.query(`select to_regclass('app.vectors_1_hnsw') as index`)).rows[0].index,
    ).not.toBeNull();
  });
});

describe('a deletion', () => {
  it('in the middle of an ingest leaves nothing', async () => {
    const pool = await openWorkspace(t, 'deleted');
    const { documentId } = await upload(t, 'deleted', essay('gone', 60));
    await eventually(
      'some of it is embedded',
      async () => ((await listDocuments(pool))[0]?.embedded ?? 0) > 0,
    );
    await markDeleted(pool, documentId);
    await askForWork(workersOf(t), { tenantId: 'deleted', documentId });
    await runOf('deleted', documentId).result();
    for (const table of ['documents', 'versions', 'passages', 'app.vectors_1']) {
      expect((await pool.query(`select from ${table}`)).rows).toEqual([]);
    }
  });
});

describe('an ingest waits, and fails of nothing,', () => {
  it('while the embedder asks for patience', async () => {
    const pool = await openWorkspace(t, 'patient');
    busy = 30;
    await upload(t, 'patient', essay('patient', 3));
    await allLive(pool, 1);
  });

  it('while the workspace is suspended', async () => {
    await openWorkspace(t, 'suspended');
    await ingestAcross('suspended', 'the workspace is suspended', {
      begin: () => t.tenantry.execute.suspend('suspended'),
      end: () => t.tenantry.execute.resume('suspended'),
    });
  });

  it('while a quota is used up', async () => {
    await openWorkspace(t, 'quota');
    const projectId = (await t.tenantry.get('quota'))?.projectId ?? expect.fail();
    // Of what it is allowed, it has used more before it begins.
    const awakeSince = Date.now();
    await eventually('it was awake for two seconds', async () => Date.now() > awakeSince + 2_000);
    const allow = (active_time_seconds: number) =>
      updateProject(t.neon, projectId, { settings: { quota: { active_time_seconds } } });
    await ingestAcross('quota', 'the database does not serve: XX000', {
      begin: () => allow(1),
      end: () => allow(36_000),
    });
  });

  it('while the workspace moves, and goes on where it moved to', async () => {
    const pool = await openWorkspace(t, 'moving');
    const { documentId } = await upload(t, 'moving', essay('moving', 200));
    await eventually(
      'some of it is embedded',
      async () => ((await listDocuments(pool))[0]?.embedded ?? 0) > 0,
    );
    await t.tenantry.execute.move('moving');
    await runOf('moving', documentId).result();
    expect(await stateOf(pool, documentId)).toBe('live');
    expect(await checkPassages(pool)).toBeGreaterThan(150);
  });

  it('and ends quietly once the workspace is gone', async () => {
    await openWorkspace(t, 'gone');
    const { documentId } = await upload(t, 'gone', essay('gone', 100));
    await t.tenantry.execute.offboard('gone');
    await runOf('gone', documentId).result();
  });
});

describe('what a document says', () => {
  it('is in no history, not even where a failure quotes it', async () => {
    const pool = await openWorkspace(t, 'secret');
    const secret = 'Pneumonoultramicroscopic';
    const limits = limitsOf('free');
    const { documentId } = await addDocument(
      pool,
      {
        kind: 'text',
        content: Buffer.from(`${secret} text\n\n${essay(secret, 3)}`),
        origin: `${secret}.txt`,
        title: `${secret} title`,
        tags: [secret],
      },
      limits,
    );
    broken = 2;
    await askForWork(workersOf(t), { tenantId: 'secret', documentId });
    const run = runOf('secret', documentId);
    const pending = async () => JSON.stringify((await run.describe()).raw.pendingActivities);
    await eventually('it fails', async () => (await pending()).includes('a defect: TypeError'));
    expect(await pending()).not.toContain(secret);
    await run.result();
    expect(await stateOf(pool, documentId)).toBe('live');
    const history = await historyText(t.temporal, { workflowId: run.workflowId });
    expect(history).toContain(documentId);
    expect(history).not.toContain(secret);
    expect(JSON.stringify((await run.describe()).raw)).not.toContain(secret);
  });
});
