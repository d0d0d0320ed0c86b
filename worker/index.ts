/** A worker: `runWorker` as a process, `createWorker` from its environment, and what it is made of for one that is put together by hand. */
export { type Catalog, type CatalogOptions, openCatalog } from '../catalog/catalog.js';
export { migrateCatalog } from '../catalog/migrate.js';
export { readWorkerConfiguration, type WorkerConfiguration } from './configuration.js';
export {
  createTenantryWorker,
  type TenantryWorker,
  type TenantryWorkerOptions,
  type UserCode,
  type WorkerBuild,
} from './create-worker.js';
export { findFleetFile } from './fleet-file.js';
export { FleetFileError, loadFleet } from './load-fleet.js';
export { runWorker } from './run-worker.js';
export { defaultSlots, type Slots } from './slots.js';
export { type CreateWorkerOptions, createWorker } from './worker-from-environment.js';
export { bundleWorkflows, workflowsPath } from './workflow-bundle.js';
