// A worker of the SDK's alone, with its defaults, a prebuilt bundle and an activity that does nothing.

import { mark } from './marks.mjs';

const { NativeConnection, Worker } = await import('@temporalio/worker');
mark('loaded');
mark('connecting');
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
mark('connected');
mark('creating');
const worker = await Worker.create({
  connection,
  taskQueue: 'bench-bare',
  workflowBundle: { codePath: process.env.BENCH_BUNDLE },
  activities: { async nothing() {} },
});
mark('created');
mark('running');
await worker.run();
await connection.close();
