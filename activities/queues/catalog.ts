/**
 * Activities in the catalog, and the sending of its events. They are cheap, so most run where the workflow
 * runs.
 */

export { findBackupsDue, noteSnapshot } from '../catalog/backups.js';
export { beginAdoption, checkAdoption } from '../catalog/begin-adoption.js';
export { beginOnboarding } from '../catalog/begin-onboarding.js';
export { beginOperation } from '../catalog/begin-operation.js';
export { checkBudgets } from '../catalog/check-budgets.js';
export { chooseDrill, findSnapshotToProve, noteDrill } from '../catalog/drills.js';
export {
  claimProject,
  forgetBranch,
  forgetKept,
  giveUpOnboarding,
  keepLonger,
  postponeDuty,
  settleIntended,
} from '../catalog/duties.js';
export { failOperation, succeedOperation } from '../catalog/end-operation.js';
export { findDue } from '../catalog/find-due.js';
export { forgetProject } from '../catalog/forget-project.js';
export { forgetSecrets } from '../catalog/forget-secrets.js';
export { noteHistory } from '../catalog/note-history.js';
export { noteProgress } from '../catalog/note-progress.js';
export { checkName, forgetResource, intendResource, noteResource } from '../catalog/note-resource.js';
export { prune } from '../catalog/prune.js';
export { publishLogin } from '../catalog/publish-login.js';
export { readPlan } from '../catalog/read-plan.js';
export { readTimings } from '../catalog/read-timings.js';
export {
  beginReconcile,
  compareInventory,
  endReconcile,
  noteMend,
  noteShut,
  takeIntoQuarantine,
  whatToLookInto,
} from '../catalog/reconcile.js';
export { enrolTenants, pauseRollout, statusOfRolloutRun, takeRolloutTurn } from '../catalog/rollout-turn.js';
export { findFormerProject, switchProject } from '../catalog/switch-project.js';
export { sendEvents } from '../events/send-events.js';
export { condemnProjects, projectNames, settleProject } from '../neon/condemn-projects.js';
export { findRestoreSource } from '../neon/find-restore-source.js';
export { plannedSettings } from '../neon/planned-settings.js';
