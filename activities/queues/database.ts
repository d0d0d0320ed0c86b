/** Activities that take seconds, in the tenant's own database. */
export { openBranchLogin, verifyBranchLogin } from '../database/branch-login.js';
export { closeLogin } from '../database/close-login.js';
export { closeProject, closeWrites, openWrites } from '../database/close-writes.js';
export { finishCopy } from '../database/compare-databases.js';
export { createAppRole } from '../database/create-app-role.js';
export { dropAppRole } from '../database/drop-app-role.js';
export { checkExportFolder, removeExport } from '../database/export-database.js';
export { logInAsOwner } from '../database/log-in-as-owner.js';
export { lookIntoDatabase } from '../database/look-into-database.js';
export { probeDatabase, probeProject } from '../database/probe-database.js';
export { readSchemaVersion } from '../database/read-schema-version.js';
export { createNextLogin, retireLogin } from '../database/rotate-login.js';
export { checkLogins, mendLogins } from '../database/settle-logins.js';
export { verifyAppRole } from '../database/verify-app-role.js';
export { noteLogins, verifyLogins } from '../database/verify-logins.js';
export { verifyReach } from '../database/verify-reach.js';
export { verifyShutOut } from '../database/verify-shut-out.js';
export { verifyWritesOpen, verifyWritesRefused } from '../database/verify-writes.js';
