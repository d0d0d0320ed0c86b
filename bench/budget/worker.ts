/* A worker like any other, without tenants' databases. */
import { runWorker } from '../../worker/run-worker.js';
import { noDatabases } from './no-databases.js';

await runWorker({ interceptors: { activity: [() => ({ inbound: noDatabases })] } });
