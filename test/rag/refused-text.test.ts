import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDocuments } from '../../examples/rag/documents/catalogue.js';
import { openAiEmbedder } from '../../examples/rag/embeddings/openai-embedder.js';
import { keepDocumentId } from '../../examples/rag/workflows/names.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import type { TestTenantry } from '../support/tenantry.js';
import { startHttpServer, type TestServer } from './support/http-server.js';
import { allLive, startRagWorker, upload } from './support/ingest.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

const words = wordEmbedder();
/** Whether the endpoint refuses whatever it is asked, as it does where the model's name is wrong. */
let refusesAll = false;

let endpoint: TestServer;
let t: TestTenantry;

beforeAll(async () => {
  endpoint = await startHttpServer(async (response, body) => {
    const { input } = body as { input: string[] };
    if (refusesAll || input.some((text) => text.includes('unspeakable'))) {
      response.writeHead(400).end(JSON.stringify({ error: { message: 'no such thing' } }));
      return;
    }
    const data = (await words.embed(input)).map((vector, index) => ({ index, embedding: [...vector] }));
    response.end(JSON.stringify({ data }));
  });
  t = await startWorkspaces();
  const newest = openAiEmbedder({ url: endpoint.url, model: 'words', dimensions: words.dimensions });
  await startRagWorker(t, { newest });
});

afterAll(async () => {
  await t?.stop();
  await endpoint?.close();
});

const runOf = (tenantId: string, documentId: string) =>
  t.temporal.workflow.getHandle(keepDocumentId({ tenantId, documentId }));

describe('a document with a text that the model does not take', () => {
  it('fails and says which, and the others are brought in', async () => {
    const pool = await openWorkspace(t, 'refused');
    const { documentId } = await upload(t, 'refused', 'Speakable things.\n\nAn unspeakable secret.', 'a.txt');
    const run = runOf('refused', documentId);
    await run.result();
    await upload(t, 'refused', 'A harmless text.', 'b.txt');
    await eventually('the other one is live', async () =>
      (await listDocuments(pool)).some(({ state, origin }) => state === 'live' && origin === 'b.txt'),
    );
    expect((await listDocuments(pool)).find(({ id }) => id === documentId)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/passage that begins “Speakable things.*It says: no such thing/),
    });
    expect((await pool.query('select from passages where document_id = $1', [documentId])).rows).toEqual([]);
    expect(await historyText(t.temporal, { workflowId: run.workflowId })).not.toContain('unspeakable');
  });

  it('is told from an endpoint whose settings are wrong, for which it waits', async () => {
    const pool = await openWorkspace(t, 'settings');
    refusesAll = true;
    const { documentId } = await upload(t, 'settings', 'A harmless text.');
    const run = runOf('settings', documentId);
    await eventually('it waits', async () =>
      JSON.stringify((await run.describe()).raw.pendingActivities).includes('are its settings right'),
    );
    refusesAll = false;
    await allLive(pool, 1);
  });
});
