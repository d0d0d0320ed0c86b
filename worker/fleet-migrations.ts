/** For `tenantry doctor`, which reads the folder as the worker's own step does. */
export { readMigrations } from '../activities/fleet-migrations.js';
