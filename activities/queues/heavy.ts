/** Activities that read or write a tenant's whole database. */
export { compareDatabases } from '../compare-databases.js';
export { copyDatabase } from '../copy-database.js';
export { exportDatabase } from '../export-database.js';
