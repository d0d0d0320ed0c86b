import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDocuments, openDocument } from '../../examples/rag/documents/catalogue.js';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import type { TestTenantry } from '../support/tenantry.js';
import { workerLog } from '../support/worker-process.js';
import { allLive, checkPassages, essay, upload, workflowsPath } from './support/ingest.js';
import { openWorkspace, startWorkspaces } from './support/workspaces.js';

const documents = 50;

let t: TestTenantry;
let bundle: string;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  t = await startWorkspaces();
  bundle = path.join(t.folder, 'workflows.js');
  await bundleWorkflows(bundle, { workflowsPath });
});

afterAll(async () => {
  for (const worker of workers) await worker.stop('SIGKILL');
  await t.stop();
});

async function startWorker(): Promise<WorkerProcess> {
  const module = fileURLToPath(new URL('./support/worker.ts', import.meta.url));
  const worker = await startWorkerProcess(
    { ...t.environment, TENANTRY_WORKFLOW_BUNDLE: bundle, MS_PER_TEXT: '10' },
    workerLog(t),
    process.env,
    ['--conditions=tenantry-source', '--import', 'tsx', module],
  );
  workers.push(worker);
  return worker;
}

/** Each document is read in a process of its own, which takes its time: so many take longer than `eventually` waits. */
async function patiently(what: string, ask: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 120_000; !(await ask()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
  }
}

describe('a worker that is killed in the middle of fifty documents', () => {
  it('leaves no passage out and none twice, and a version that came meanwhile wins', async () => {
    const first = await startWorker();
    const pool = await openWorkspace(t, 'acme');
    for (let n = 0; n < documents; n += 1) await upload(t, 'acme', essay(`doc${n}`, 6), `${n}.txt`);
    await patiently('some are live, and some are not', async () => {
      const states = (await listDocuments(pool)).map(({ state }) => state);
      return states.includes('live') && states.some((state) => state !== 'live');
    });
    await first.stop('SIGKILL');
    const unfinished = (await listDocuments(pool)).filter(({ state }) => state !== 'live');
    expect(unfinished.length).toBeGreaterThan(5);
    const [overtaken] = unfinished;
    const newer = essay('newer', 4);
    await upload(t, 'acme', newer, overtaken?.origin ?? expect.fail());

    await startWorker();
    await patiently('all are live', async () =>
      (await listDocuments(pool)).every(({ state }) => state === 'live'),
    );
    await allLive(pool, documents);
    const passages = await checkPassages(pool);
    expect(await openDocument(pool, overtaken?.id ?? '')).toMatchObject({ version: 2, text: newer });
    console.log(
      `${documents} documents, ${passages} passages, each once; ${unfinished.length} were unfinished at the kill`,
    );
  }, 300_000);
});
