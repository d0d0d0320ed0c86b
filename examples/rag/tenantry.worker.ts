// The worker: Tenantry's, with what is to be done for documents beside it.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { connectTenantry } from 'tenantry/client';
import { runWorker } from 'tenantry/worker';
import { dependenciesOf } from './activities/dependencies-of.js';
import { activitiesOf } from './activities/index.js';
import { embedderFromEnvironment } from './embeddings/embedder-from-environment.js';
import { embeddersOf, formerEnvironment } from './embeddings/embedders.js';
import fleet from './tenantry.config.js';

const former = formerEnvironment(process.env);
const embedders = embeddersOf(
  await embedderFromEnvironment(process.env),
  former && (await embedderFromEnvironment(former)),
);
const { tenantry, close } = await connectTenantry(fleet);

await runWorker({
  fleet,
  workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
  ...activitiesOf(dependenciesOf(tenantry, embedders), availableParallelism()),
});
await close();
