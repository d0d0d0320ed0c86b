import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDocuments } from '../../examples/rag/documents/catalogue.js';
import { longForm } from '../support/long-form.js';
import type { TestTenantry } from '../support/tenantry.js';
import { essay, startRagWorker, upload } from './support/ingest.js';
import { wordEmbedder } from './support/word-embedder.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

let t: TestTenantry;

beforeAll(async () => {
  if (!longForm) return;
  t = await startWorkspaces();
  await startRagWorker(t, { newest: wordEmbedder({ msPerText: 50 }) });
});

afterAll(() => t?.stop());

// It measures time, and takes the processor for half a minute.
describe.runIf(longForm)('a workspace with two hundred documents', () => {
  it("delays another one's single document by two seconds at most", async () => {
    const busy = await openWorkspace(t, 'busy');
    const quiet = await openWorkspace(t, 'quiet');
    const timeOf = async (name: string) => {
      const began = performance.now();
      const { documentId } = await upload(t, 'quiet', essay(name, 2));
      for (;;) {
        const found = (await listDocuments(quiet)).find(({ id }) => id === documentId);
        if (found?.state === 'live') return performance.now() - began;
        await sleep(20);
      }
    };
    await timeOf('first');
    const aloneMs = await timeOf('alone');
    for (let n = 0; n < 200; n += 1) await upload(t, 'busy', essay(`busy${n}`, 8));
    const besideMs: number[] = [];
    for (let n = 0; n < 3; n += 1) besideMs.push(await timeOf(`beside${n}`));
    const left = (await listDocuments(busy, { limit: 1_000 })).filter(({ state }) => state !== 'live').length;
    const round = (ms: number) => Math.round(ms);
    console.log(
      `alone ${round(aloneMs)} ms; beside ${left} documents that wait ${besideMs.map(round).join(', ')} ms`,
    );
    expect(left).toBeGreaterThan(100);
    const [, medianMs = Infinity] = besideMs.toSorted((a, b) => a - b);
    expect(medianMs - aloneMs).toBeLessThan(2_000);
  }, 120_000);
});
