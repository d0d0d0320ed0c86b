/*
 * How well search finds, measured: `npm run eval:rag`. It starts the whole stack, brings up a workspace, loads the documents
 * beside this file, and asks the questions each way. Nothing is kept.
 */
import { connectTenantry } from 'tenantry/client';
import { startTestStack } from 'tenantry/testing';
import { openMiniLm } from '../embeddings/minilm.js';
import { fetchModels } from '../models/fetch-models.js';
import { thresholdsOf } from '../search/confidence.js';
import fleet from '../tenantry.config.js';
import { loadDocuments } from './load-documents.js';
import { ask, ways } from './measure.js';
import { halvesOf, readQuestions } from './questions.js';
import { chooseThresholds } from './refusals.js';
import { remembering } from './remembering.js';
import { qualityTable, refusalTable } from './tables.js';

const config = new URL('../tenantry.config.ts', import.meta.url).pathname;
const folder = await fetchModels();
const stack = await startTestStack({ config });
try {
  const { tenantry, close } = await connectTenantry(fleet, stack.environment);
  await tenantry.execute.onboard({ id: 'evaluation' });
  const pool = await tenantry.pool('evaluation');
  const embedder = remembering(await openMiniLm({ folder, threads: 2 }));
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

  const { chosenBy, heldOut } = halvesOf(measured.get('hybrid') ?? []);
  const thresholds = thresholdsOf(embedder.model);
  console.log(
    `\nThresholds that one half of the questions suggests: ${JSON.stringify(chooseThresholds(chosenBy))}`,
  );
  console.log(`Thresholds in use: ${JSON.stringify(thresholds)}`);
  if (thresholds) {
    const sets = {
      'the half they are chosen by': chosenBy,
      'the other half': heldOut,
      all: [...chosenBy, ...heldOut],
    };
    console.log(`\n${refusalTable(sets, thresholds)}`);
  }
  await embedder.close();
  await close();
} finally {
  await stack.stop();
}
