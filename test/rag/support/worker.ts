// A worker of the example in a process of its own, which can be killed, with an embedder that needs nothing downloaded.
import { connectTenantry } from 'tenantry/client';
import { loadFleet, runWorker } from 'tenantry/worker';
import { dependenciesOf } from '../../../examples/rag/activities/dependencies-of.js';
import { activitiesOf } from '../../../examples/rag/activities/index.js';
import { embeddersOf } from '../../../examples/rag/embeddings/embedders.js';
import { wordEmbedder } from './word-embedder.js';

const fleet = await loadFleet(process.env.TENANTRY_CONFIG ?? '');
const { tenantry } = await connectTenantry(fleet);
const newest = wordEmbedder({ msPerText: Number(process.env.MS_PER_TEXT) });

await runWorker(activitiesOf(dependenciesOf(tenantry, embeddersOf(newest)), 2));
