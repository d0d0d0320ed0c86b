/** For commands, which read the folder in the same way as the worker's own steps. */
export { soundMigrations } from '../activities/database/sound-migrations.js';
export { readMigrations } from '../activities/fleet-migrations.js';
