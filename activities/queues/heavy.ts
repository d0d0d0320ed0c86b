/** Activities that read or write a tenant's whole database. */
export { compareDatabases } from '../database/compare-databases.js';
export { copyDatabase } from '../database/copy-database.js';
export { exportDatabase } from '../database/export-database.js';
