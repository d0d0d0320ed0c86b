/*
 * What the example of documents costs in time: npm run bench:rag [-- --passages 1000,10000]
 * It starts the whole stack on this machine, brings pages in through a worker, and searches a workspace that grows.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { connectTenantry } from '../../client/index.js';
import { liveModel } from '../../examples/rag/documents/models.js';
import { buildIndex } from '../../examples/rag/documents/vector-index.js';
import { openMiniLm } from '../../examples/rag/embeddings/minilm.js';
import { readQuestions } from '../../examples/rag/evaluation/questions.js';
import { fetchModels } from '../../examples/rag/models/fetch-models.js';
import { search } from '../../examples/rag/search/search.js';
import fleet from '../../examples/rag/tenantry.config.js';
import { startTestStack } from '../../local/testing.js';
import { inParallel, printTable } from '../figures.js';
import { timed } from '../timed.js';
import { ingest } from './ingest.js';
import { fillUpTo } from './mass.js';
import { pageOf, readSentences } from './pages.js';
import { percentiles, processorMs } from './percentiles.js';
import { measureSearches } from './searches.js';
import { putToSleep } from './sleep.js';

const { passages: sizes } = z
  .object({
    passages: z
      .string()
      .default('1000,10000,50000')
      .transform((text) => text.split(',').map(Number)),
  })
  .parse(parseArgs({ options: { passages: { type: 'string' } } }).values);

const pages = 20;
const lanes = 4;
const naps = 10;
const tenantId = 'bench';

const folder = await fetchModels();
const embedder = await openMiniLm({ folder, threads: 1 });
const stack = await startTestStack({
  config: path.join(import.meta.dirname, '../../examples/rag/tenantry.config.ts'),
});
try {
  const { tenantry, temporal, taskQueue, close } = await connectTenantry(fleet, stack.environment);
  const { projectId } = await tenantry.execute.onboard({ id: tenantId });
  const pool = await tenantry.pool(tenantId);
  const sentences = await readSentences();
  const questions = (await readQuestions()).map(({ question }) => question);
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores, ${embedder.model}\n`,
  );

  const workspace = { pool, workers: { temporal, taskQueue }, tenantId };
  await ingest(workspace, pageOf(sentences, 0));
  const alone: number[] = [];
  const processor = await processorMs(async () => {
    for (let page = 1; page <= pages; page++)
      alone.push(await timed(() => ingest(workspace, pageOf(sentences, page))));
  });
  const together = await timed(() =>
    inParallel(pages, lanes, (page) => ingest(workspace, pageOf(sentences, 1000 + page))),
  );
  const { p50, p95 } = percentiles(alone);
  printTable([
    ['a page of 500 words, from upload to searchable', 'p50 ms', 'p95 ms', 'processor ms'],
    [`one at a time, ${pages} pages`, p50, p95, (processor / pages).toFixed(0)],
  ]);
  console.log(`${lanes} at a time: ${(pages / (together / 1000)).toFixed(1)} pages a second\n`);

  const model = await liveModel(pool);
  if (model === undefined) throw new Error('no model is live');
  const rows: string[][] = [];
  for (const size of sizes) {
    await fillUpTo(pool, model, sentences, size);
    const exact = await measureSearches(pool, embedder, questions, 'exact');
    const built = await timed(() => buildIndex(pool, model));
    const hnsw = await measureSearches(pool, embedder, questions, 'hnsw');
    // To add the next thousands to an index takes longer than to build it anew.
    await pool.query(`drop index app.vectors_${model.id}_hnsw`);
    for (const [method, { whole, embedding, processor }] of Object.entries({ exact, hnsw })) {
      const index = method === 'hnsw' ? `${(built / 1000).toFixed(1)} s` : '';
      const row = [
        size.toLocaleString('en-US'),
        method,
        whole.p50,
        whole.p95,
        embedding.p50,
        processor,
        index,
      ];
      rows.push(row);
      console.error(row.join('  '));
    }
  }
  printTable([
    [
      'passages',
      'vectors',
      'search p50 ms',
      'p95 ms',
      'of that the question’s vector',
      'processor ms',
      'index built in',
    ],
    ...rows,
  ]);

  const first: number[] = [];
  for (let nap = 0; nap < naps; nap++) {
    await putToSleep(projectId, stack.environment);
    first.push(await timed(() => search(pool, embedder, questions[nap] ?? '')));
  }
  const woken = percentiles(first);
  console.log(
    `\nFirst search after the compute slept (the emulator's, ${naps} times): p50 ${woken.p50} ms, p95 ${woken.p95} ms`,
  );
  const { rows: size } = await pool.query<{ bytes: string; passages: number }>(
    'select pg_database_size(current_database()) as bytes, (select count(*)::integer from passages) as passages',
  );
  console.log(
    `The database then holds ${size[0]?.passages} passages in ${Math.round(Number(size[0]?.bytes) / 1024 ** 2)} MB`,
  );
  await embedder.close();
  await close();
} finally {
  await stack.stop();
}
