/** For commands, which read the folder as the worker's own steps do. */
export { soundMigrations } from '../activities/database/sound-migrations.js';
export { readMigrations } from '../activities/fleet-migrations.js';
