/** Activities that run the fleet's own code: migrations and hooks. */
export { migrateDatabase } from '../migrate-database.js';
export { prepareDatabase } from '../prepare-database.js';
export { runHook } from '../run-hook.js';
