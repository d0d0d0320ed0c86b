/** Read-only checks of a catalog, before a worker uses it. */
export {
  type CatalogSchemaCondition,
  catalogSchemaCondition,
  catalogServerVersion,
  fleetReadings,
  type MissingPlan,
  missingPlans,
  outdatedRoles,
  type SealKeyUse,
  silenceOfWorkers,
  tryOpeningSecrets,
  type WaitingSteps,
  waitingSteps,
} from '../catalog/inspection.js';
export { SealError } from '../catalog/seal.js';
export { deadAfterMs } from '../catalog/workers.js';
