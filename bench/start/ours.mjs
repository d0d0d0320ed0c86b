// Our worker, which says when it has come how far.

import { mark, markCalls } from './marks.mjs';

const { runWorker } = await import(process.env.BENCH_WORKER);
const { NativeConnection, Worker } = await import('@temporalio/worker');
mark('loaded');
markCalls(NativeConnection, 'connect', 'connecting', 'connected');
markCalls(Worker, 'create', 'creating', 'created');
markCalls(Worker.prototype, 'run', 'running', 'ended');
await runWorker();
