/** Activities that run the fleet's own code: migrations and hooks. */
export { checkRestored } from '../database/check-restored.js';
export { applyMigrations, migrateDatabase } from '../database/migrate-database.js';
export { prepareDatabase } from '../database/prepare-database.js';
export { preparePoolProject } from '../database/prepare-pool-project.js';
export { planRehearsal, rehearseMigrations } from '../database/rehearse-migrations.js';
export { runHook } from '../database/run-hook.js';
export { warnOfBudget } from '../database/warn-of-budget.js';
