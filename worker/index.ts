/**
 * The worker's API: `runWorker` runs it as a process, `createWorker` makes one from its environment, and the rest are
 * parts for assembling one by hand.
 */
export { type Catalog, type CatalogOptions, openCatalog } from '../catalog/catalog.js';
export { migrateCatalog } from '../catalog/migrate.js';
export type { OwnDataConverter } from '../payloads/data-converter.js';
export type { Traces } from '../traces/traces.js';
export { readWorkerConfiguration, type WorkerConfiguration } from './configuration.js';
export {
  createTenantryWorker,
  type OwnQueue,
  type TenantryWorker,
  type TenantryWorkerOptions,
  type UserCode,
  type WorkerBuild,
} from './create-worker.js';
export { findFleetFile } from './fleet-file.js';
export { FleetFileError, loadFleet } from './load-fleet.js';
export { runWorker } from './run-worker.js';
export { defaultSlots, type Slots } from './slots.js';
export type { TemporalOptions, WorkerTuning } from './temporal-options.js';
export { type CreateWorkerOptions, createWorker } from './worker-from-environment.js';
export { type BundleContents, bundleWorkflows, workflowsPath } from './workflow-bundle.js';
