import path from 'node:path';
import { expect, it } from 'vitest';
import { startWorkerProcess } from '../../local/worker-process.js';
import { longForm } from '../support/long-form.js';
import { workerLog } from '../support/worker-process.js';
import { example, startWorkspaces } from './support/workspaces.js';

// The demo, which is tested, runs it too, with the model that it comes with.
it.runIf(longForm)(
  "the example's worker takes work, with the embedder that its environment names",
  async () => {
    const t = await startWorkspaces();
    try {
      const { TENANTRY_WORKFLOW_BUNDLE: _, ...environment } = t.environment;
      const worker = await startWorkerProcess(
        {
          ...environment,
          RAG_EMBEDDINGS: 'openai',
          RAG_EMBEDDINGS_URL: 'http://127.0.0.1:9/v1',
          RAG_EMBEDDINGS_MODEL: 'next',
          RAG_EMBEDDINGS_DIMENSIONS: '8',
          RAG_FORMER_EMBEDDINGS: 'openai',
          RAG_FORMER_EMBEDDINGS_URL: 'http://127.0.0.1:9/v1',
          RAG_FORMER_EMBEDDINGS_MODEL: 'former',
          RAG_FORMER_EMBEDDINGS_DIMENSIONS: '8',
        },
        workerLog(t),
        process.env,
        ['--conditions=tenantry-source', '--import', 'tsx', path.join(example, 'tenantry.worker.ts')],
      );
      expect((await fetch(`${worker.url}/ready`)).ok).toBe(true);
      await worker.stop();
    } finally {
      await t.stop();
    }
  },
  120_000,
);
