import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModelChange, startModelChanges } from '../../examples/rag/documents/ask-for-models.js';
import { keptModels, liveModel } from '../../examples/rag/documents/models.js';
import { changeModelId } from '../../examples/rag/workflows/names.js';
import type { TenantryWorker } from '../../worker/create-worker.js';
import { eventually } from '../support/eventually.js';
import type { TestTenantry } from '../support/tenantry.js';
import { allLive, essay, startRagWorker, upload, workersOf } from './support/ingest.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

const former = wordEmbedder({ model: 'former' });
const newest = wordEmbedder({ model: 'newest', dimensions: 32, msPerText: 10 });

let t: TestTenantry;
let worker: TenantryWorker;

beforeAll(async () => {
  t = await startWorkspaces();
  worker = await startRagWorker(t, { newest: former });
  for (const id of ['a', 'b', 'c']) {
    const pool = await openWorkspace(t, id);
    await upload(t, id, essay(id, 40));
    await allLive(pool, 1);
  }
  worker.shutdown();
  await eventually('the former release has ended', async () => !worker.isRunning());
  await startRagWorker(t, { newest, former });
});

afterAll(() => t.stop());

describe('a change of model', () => {
  it('fills the new one beside search, says how far it is, and takes newcomers along', async () => {
    const pool = await t.tenantry.pool('a');
    const change = await startModelChange(workersOf(t), 'a');
    const seen: number[] = [];
    await eventually('it is on its way', async () => {
      const { done } = await change.query<{ done: number; of: number }, []>('progress');
      seen.push(done);
      return done > 0;
    });
    expect(await liveModel(pool)).toMatchObject({ model: 'former' });
    await upload(t, 'a', essay('newcomer', 10));
    await eventually('it switches', async () => (await liveModel(pool))?.model === 'newest');
    await allLive(pool, 2);
    const { id } = (await liveModel(pool)) ?? expect.fail();
    const { rows } = await pool.query(
      `select count(*)::integer as missing from passages where not exists
         (select from app.vectors_${id} v where v.text_hash = passages.text_hash)`,
    );
    expect(rows).toEqual([{ missing: 0 }]);
  });

  it('of all workspaces says how many had their turn, and leaves nothing of the former', async () => {
    const changes = await startModelChanges(workersOf(t));
    await changes.result();
    for (const tenantId of ['a', 'b', 'c']) {
      const pool = await t.tenantry.pool(tenantId);
      expect(await keptModels(pool)).toMatchObject([{ model: 'newest', state: 'live' }]);
      await t.temporal.workflow.getHandle(changeModelId({ tenantId })).result();
    }
    expect(await changes.query('progress')).toEqual({ done: 3, of: 3 });
  }, 120_000);
});
