/* A worker like any other, for which Neon and Postgres are a stub. */
import { runWorker } from '../../worker/run-worker.js';
import { catalogFrom } from './dependencies.js';
import { stubbedSteps, stubbing } from './stub.js';

const inbound = stubbing(stubbedSteps(catalogFrom(process.env)));
await runWorker({ interceptors: { activity: [() => ({ inbound })] } });
