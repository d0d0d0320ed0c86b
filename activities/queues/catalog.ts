/** Activities in the catalog. They are cheap, so most run where the workflow runs. */
export { beginAdoption, checkAdoption } from '../begin-adoption.js';
export { beginOnboarding } from '../begin-onboarding.js';
export { beginOperation } from '../begin-operation.js';
export { condemnProjects, projectNames, settleProject } from '../condemn-projects.js';
export {
  claimProject,
  forgetBranch,
  forgetSnapshot,
  giveUpOnboarding,
  postponeDuty,
  settleIntended,
} from '../duties.js';
export { failOperation, succeedOperation } from '../end-operation.js';
export { findDue } from '../find-due.js';
export { findRestoreSource } from '../find-restore-source.js';
export { forgetProject } from '../forget-project.js';
export { forgetSecrets } from '../forget-secrets.js';
export { noteHistory } from '../note-history.js';
export { noteProgress } from '../note-progress.js';
export { checkName, forgetResource, intendResource, noteResource } from '../note-resource.js';
export { plannedSettings } from '../planned-settings.js';
export { publishLogin } from '../publish-login.js';
export { readPlan } from '../read-plan.js';
export { readTimings } from '../read-timings.js';
export { findFormerProject, switchProject } from '../switch-project.js';
