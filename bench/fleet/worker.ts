/* A worker like any other, without tenants' databases. */
import { openCatalog } from '../../catalog/catalog.js';
import { catalogEnvironment } from '../../catalog/environment.js';
import { readEnvironment } from '../../tenancy/environment.js';
import { runWorker } from '../../worker/run-worker.js';
import { noDatabases } from './no-databases.js';

const { TENANTRY_CATALOG_URL: url, TENANTRY_SEAL_KEY: sealKeys } = readEnvironment(
  catalogEnvironment,
  process.env,
);
const inbound = noDatabases(openCatalog({ url, sealKeys }));
await runWorker({ interceptors: { activity: [() => ({ inbound })] } });
