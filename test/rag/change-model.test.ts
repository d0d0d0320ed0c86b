import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeOfModel, exitCodeOf, startModelChanges } from '../../examples/rag/documents/ask-for-models.js';
import { seeToDocuments } from '../../examples/rag/documents/ask-for-work.js';
import { listDocuments } from '../../examples/rag/documents/catalogue.js';
import { keptModels, liveModel } from '../../examples/rag/documents/models.js';
import { markDeleted } from '../../examples/rag/documents/removal.js';
import { EmbedderInputError } from '../../examples/rag/embeddings/embedder-refused-error.js';
import { modelChangesIn } from '../../examples/rag/server/model-changes.js';
import type { TenantryWorker } from '../../worker/create-worker.js';
import { eventually } from '../support/eventually.js';
import type { TestTenantry } from '../support/tenantry.js';
import { allLive, essay, startRagWorker, upload, workersOf } from './support/ingest.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

const words = wordEmbedder({ model: 'former' });
const former = {
  ...words,
  async embed(texts: readonly string[], signal?: AbortSignal) {
    if (texts.some((text) => text.includes('laborious'))) await sleep(6_000);
    return words.embed(texts, signal);
  },
};
const filling = wordEmbedder({ model: 'newest', dimensions: 32, msPerText: 10 });
const newest = {
  ...filling,
  async embed(texts: readonly string[], signal?: AbortSignal) {
    if (texts.some((text) => text.includes('unspeakable')))
      throw new EmbedderInputError('no', 'no such thing');
    return filling.embed(texts, signal);
  },
};

let t: TestTenantry;
let worker: TenantryWorker;

beforeAll(async () => {
  t = await startWorkspaces();
  worker = await startRagWorker(t, { newest: former });
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    const pool = await openWorkspace(t, id);
    await upload(t, id, id === 'e' ? 'an unspeakable word' : essay(id, 40));
    await allLive(pool, 1);
  }
  worker.shutdown();
  await eventually('the former release has ended', async () => !worker.isRunning());
  await startRagWorker(t, { newest, former });
}, 120_000);

afterAll(() => t.stop());

/** Asks what the operator's page asks, until a workspace is so far. */
async function seenAt(tenantId: string, isThere: (done: number) => boolean): Promise<void> {
  const changes = modelChangesIn(workersOf(t), t.tenantry);
  await eventually(`the change of ${tenantId} is on its way`, async () =>
    (await changes()).some(({ workspaces }) =>
      workspaces.some((each) => each.tenantId === tenantId && isThere(each.done)),
    ),
  );
}

describe('a change of model', () => {
  it('fills the new one beside search, says how far it is, and takes newcomers along', async () => {
    const pool = await t.tenantry.pool('a');
    const rollout = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: changeOfModel,
      where: { idPrefix: 'a' },
    });
    await seenAt('a', (done) => done > 0);
    expect(await liveModel(pool)).toMatchObject({ model: 'former' });
    await upload(t, 'a', essay('newcomer', 10));
    expect(await rollout.result()).toMatchObject({ state: 'done', counts: { succeeded: 1 } });
    await allLive(pool, 2);
    const { id, model } = (await liveModel(pool)) ?? expect.fail();
    expect(model).toBe('newest');
    const { rows } = await pool.query(
      `select count(*)::integer as missing from passages where not exists
         (select from app.vectors_${id} v where v.text_hash = passages.text_hash)`,
    );
    expect(rows).toEqual([{ missing: 0 }]);
  }, 120_000);

  it('waits for a worker as long as documents that somebody waits for have them all', async () => {
    await upload(t, 'd', essay('laborious', 1));
    await upload(t, 'd', `${essay('laborious', 1)} too`);
    const pool = await t.tenantry.pool('d');
    await eventually('all slots are taken', async () =>
      (await listDocuments(pool)).every(({ state }) => state !== 'queued' && state !== 'extracting'),
    );
    const rollout = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: changeOfModel,
      where: { idPrefix: 'd' },
      input: { patienceMs: 1_000 },
    });
    expect(await rollout.result()).toMatchObject({ state: 'done', counts: { succeeded: 1 } });
  }, 120_000);

  it('skips a workspace with a passage that the new model does not take, at once', async () => {
    const rollout = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: changeOfModel,
      where: { idPrefix: 'e' },
    });
    const result = await rollout.result();
    expect(result).toMatchObject({ state: 'done', counts: { skipped: 1 } });
    expect(exitCodeOf(result)).toBe(3);
    const { value: told } = await rollout.report({ states: ['skipped'] }).next();
    expect(told?.reason?.message).toContain('does not take a passage that is live');
    const pool = await t.tenantry.pool('e');
    expect(await liveModel(pool)).toMatchObject({ model: 'former' });
    for (const { id } of await listDocuments(pool)) await markDeleted(pool, id);
    await seeToDocuments(workersOf(t), 'e', pool);
    await allLive(pool, 0);
  });

  it('skips a workspace that is suspended meanwhile, with the reason, and leaves it its model', async () => {
    const rollout = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: changeOfModel,
      where: { idPrefix: 'b' },
      input: { patienceMs: 1_500 },
    });
    await seenAt('b', (done) => done > 0);
    await t.tenantry.execute.suspend('b');
    expect(await rollout.result()).toMatchObject({ state: 'done', counts: { skipped: 1, failed: 0 } });
    const { value: told } = await rollout.report({ states: ['skipped'] }).next();
    expect(told).toMatchObject({
      tenantId: 'b',
      reason: {
        message: expect.stringMatching(
          /^nobody could work in the workspace for too long: the workspace is suspend/,
        ),
      },
    });
    const late = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: changeOfModel,
      where: { idPrefix: 'b' },
    });
    await late.result();
    expect((await late.report().next()).value?.reason?.message).toBe(
      'the tenant is suspended, so the workflow changeModel cannot begin',
    );
    await t.tenantry.execute.resume('b');
    expect(await liveModel(await t.tenantry.pool('b'))).toMatchObject({ model: 'former' });
  }, 120_000);

  it('of all workspaces begins with one, goes on where it stopped before, and leaves nothing of the former', async () => {
    const [rollout, again] = [await startModelChanges(t.tenantry), await startModelChanges(t.tenantry)];
    expect(again.id).toBe(rollout.id);
    const result = await rollout.result();
    expect(result).toMatchObject({
      state: 'done',
      counts: { succeeded: 5 },
      waveCounts: [{ succeeded: 1 }, { succeeded: 4 }],
    });
    expect(exitCodeOf(result)).toBe(0);
    const someFailed = { ...result, counts: { ...result.counts, failed: 1 } };
    for (const bad of [someFailed, { ...result, state: 'stopped' }, { ...result, state: 'aborted' }] as const)
      expect(exitCodeOf(bad)).toBe(1);
    for (const tenantId of ['a', 'b', 'c', 'd', 'e']) {
      const pool = await t.tenantry.pool(tenantId);
      expect(await keptModels(pool)).toMatchObject([{ model: 'newest', state: 'live' }]);
    }
    expect(await modelChangesIn(workersOf(t), t.tenantry)()).toEqual([]);
  }, 120_000);
});
