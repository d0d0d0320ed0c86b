/*
 * How well search finds, measured: `npm run eval:rag`. It starts the whole stack, brings up a workspace, loads the documents
 * beside this file, and asks the questions each way. Nothing is kept. The model is the one that RAG_EMBEDDINGS names.
 */
import { connectTenantry } from 'tenantry/client';
import { startTestStack } from 'tenantry/testing';
import { embedderFromEnvironment } from '../embeddings/embedder-from-environment.js';
import { fetchModels } from '../models/fetch-models.js';
import { thresholdsOf } from '../search/confidence.js';
import fleet from '../tenantry.config.js';
import { loadDocuments } from './load-documents.js';
import { ask, ways } from './measure.js';
import { readQuestions } from './questions.js';
import { chooseThresholds, heldOutRefusals, refusalsOf } from './refusals.js';
import { remembering } from './remembering.js';
import { falselyRefusedTable, qualityTable, refusalTable } from './tables.js';

const config = new URL('../tenantry.config.ts', import.meta.url).pathname;
if (process.env.RAG_EMBEDDINGS !== 'openai') await fetchModels();
const embedder = remembering(await embedderFromEnvironment({ RAG_EMBEDDINGS_THREADS: '2', ...process.env }));
const stack = await startTestStack({ config });
try {
  const { tenantry, close } = await connectTenantry(fleet, stack.environment);
  await tenantry.execute.onboard({ id: 'evaluation' });
  const pool = await tenantry.pool('evaluation');
  const documents = await loadDocuments(pool, embedder);
  const { rows } = await pool.query<{ count: number }>('select count(*)::integer from passages');
  const questions = await readQuestions();
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${embedder.model}: ${documents} documents, ${rows[0]?.count} passages, ${questions.length} questions`,
  );

  const measured = new Map<string, Awaited<ReturnType<typeof ask>>>();
  for (const [name, way] of Object.entries(ways))
    measured.set(name, await ask(pool, embedder, questions, way));
  console.log(`\n${qualityTable(measured)}`);

  const hybrid = measured.get('hybrid') ?? [];
  const thresholds = thresholdsOf(embedder.model);
  console.log(`\nThresholds that the questions suggest: ${JSON.stringify(chooseThresholds(hybrid))}`);
  console.log(
    `Thresholds in use: ${thresholds ? JSON.stringify(thresholds) : 'none, so nothing is refused'}`,
  );
  const sets = {
    'chosen by one half, for the other, and the reverse': heldOutRefusals(hybrid, 2),
    'chosen by nine tenths, for the last, ten times': heldOutRefusals(hybrid, 10),
    ...(thresholds && { 'in use': refusalsOf(hybrid, thresholds) }),
  };
  console.log(`\n${refusalTable(sets)}`);
  console.log(`\n${falselyRefusedTable(hybrid, thresholds ?? chooseThresholds(hybrid))}`);
  await close();
} finally {
  await embedder.close();
  await stack.stop();
}
