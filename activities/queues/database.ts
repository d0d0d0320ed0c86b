/** Activities that take seconds, in the tenant's own database. */
export { openBranchLogin, verifyBranchLogin } from '../branch-login.js';
export { closeLogin } from '../close-login.js';
export { closeProject, closeWrites, openWrites } from '../close-writes.js';
export { finishCopy } from '../compare-databases.js';
export { createAppRole } from '../create-app-role.js';
export { dropAppRole } from '../drop-app-role.js';
export { checkExportFolder, removeExport } from '../export-database.js';
export { logInAsOwner } from '../log-in-as-owner.js';
export { probeDatabase, probeProject } from '../probe-database.js';
export { readSchemaVersion } from '../read-schema-version.js';
export { createNextLogin, retireLogin } from '../rotate-login.js';
export { checkLogins, mendLogins } from '../settle-logins.js';
export { verifyAppRole } from '../verify-app-role.js';
export { noteLogins, verifyLogins } from '../verify-logins.js';
export { verifyReach } from '../verify-reach.js';
export { verifyShutOut } from '../verify-shut-out.js';
export { verifyWritesOpen, verifyWritesRefused } from '../verify-writes.js';
