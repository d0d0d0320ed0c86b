/* The worker of the textbook's workflow, with the settings that a worker has by default. */
import { createServer } from 'node:http';
import path from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { dependenciesFrom } from '../dependencies.js';
import { stubbedSteps } from '../stub.js';
import { textbookActivities } from './activities.js';
import { textbookQueue } from './queue.js';

const { TEMPORAL_ADDRESS: address = '', TENANTRY_HEALTH_PORT: port, BENCH_STUB: stub } = process.env;
const dependencies = await dependenciesFrom(process.env);
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue: textbookQueue,
  workflowsPath: path.join(import.meta.dirname, 'workflow.ts'),
  activities: textbookActivities(
    dependencies,
    stub === undefined ? undefined : stubbedSteps(dependencies.catalog),
  ),
});
// Whoever starts it waits until this answers.
createServer((_, reply) => reply.end('ok'))
  .listen(Number(port), '127.0.0.1')
  .unref();
await worker.run();
