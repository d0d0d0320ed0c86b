import { awaitIdle } from './await-idle.js';
import { awaitOperations } from './await-operations.js';
import { beginAdoption, checkAdoption } from './begin-adoption.js';
import { beginOnboarding } from './begin-onboarding.js';
import { beginOperation } from './begin-operation.js';
import { openBranchLogin, sealBranchLogin, verifyBranchLogin } from './branch-login.js';
import { closeLogin } from './close-login.js';
import { closeProject, closeWrites, openWrites } from './close-writes.js';
import { compareDatabases, finishCopy } from './compare-databases.js';
import { changeComputeSettings, readComputeSettings } from './compute-settings.js';
import { condemnProjects, projectNames, settleProject } from './condemn-projects.js';
import { copyDatabase } from './copy-database.js';
import { createAppRole } from './create-app-role.js';
import { createBranch } from './create-branch.js';
import { createProject } from './create-project.js';
import { deleteBranch } from './delete-branch.js';
import { deleteProject } from './delete-project.js';
import type { Dependencies } from './dependencies.js';
import { dropAppRole } from './drop-app-role.js';
import {
  claimProject,
  forgetBranch,
  forgetSnapshot,
  giveUpOnboarding,
  postponeDuty,
  settleIntended,
} from './duties.js';
import { failOperation, succeedOperation } from './end-operation.js';
import { checkExportFolder, exportDatabase, removeExport } from './export-database.js';
import { fetchOwnerCredential } from './fetch-owner-credential.js';
import { findBranches } from './find-branches.js';
import { findDue } from './find-due.js';
import { findEndpoints } from './find-endpoints.js';
import { findProjects } from './find-projects.js';
import { findRestoreSource } from './find-restore-source.js';
import { forgetProject } from './forget-project.js';
import { forgetSecrets } from './forget-secrets.js';
import { checkEndpoint, findDatabase, inspectProject } from './inspect-adoptee.js';
import { followCompute, lookAtCompute, makeCompute } from './live-compute.js';
import { logInAsOwner } from './log-in-as-owner.js';
import { migrateDatabase } from './migrate-database.js';
import { noteHistory } from './note-history.js';
import { noteProgress } from './note-progress.js';
import { checkName, forgetResource, intendResource, noteResource } from './note-resource.js';
import { plannedSettings } from './planned-settings.js';
import { prepareDatabase } from './prepare-database.js';
import { probeDatabase, probeProject } from './probe-database.js';
import { changeProjectSettings, readProjectSettings } from './project-settings.js';
import { publishLogin } from './publish-login.js';
import { readPlan } from './read-plan.js';
import { readSchemaVersion } from './read-schema-version.js';
import { readTimings } from './read-timings.js';
import { resetOwnerPassword } from './reset-owner-password.js';
import { renameBranch, restoreBranch, restoreSnapshot } from './restore-branch.js';
import { createNextLogin, retireLogin } from './rotate-login.js';
import { runHook } from './run-hook.js';
import { liftQuota, lookAtQuota, lowerQuota, restoreQuota } from './set-quota.js';
import { checkLogins, mendLogins } from './settle-logins.js';
import { surveyDatabase } from './survey-database.js';
import { suspendEndpoint } from './suspend-endpoint.js';
import { findFormerProject, switchProject } from './switch-project.js';
import { deleteSnapshot, findSnapshots, hasSnapshot, takeSnapshot } from './take-snapshot.js';
import { verifyAppRole } from './verify-app-role.js';
import { verifyGone } from './verify-gone.js';
import { noteLogins, verifyLogins } from './verify-logins.js';
import { verifyReach } from './verify-reach.js';
import { verifyShutOut } from './verify-shut-out.js';
import { verifyWritesOpen, verifyWritesRefused } from './verify-writes.js';

/** Steps that make one call to Neon each. They run on the queue that carries Neon's rate limit. */
export function createNeonActivities(dependencies: Dependencies) {
  return {
    createProject: createProject(dependencies),
    awaitOperations: awaitOperations(dependencies),
    fetchOwnerCredential: fetchOwnerCredential(dependencies),
    findProjects: findProjects(dependencies),
    deleteProject: deleteProject(dependencies),
    verifyGone: verifyGone(dependencies),
    inspectProject: inspectProject(dependencies),
    checkEndpoint: checkEndpoint(dependencies),
    findDatabase: findDatabase(dependencies),
    surveyDatabase: surveyDatabase(dependencies),
    lookAtQuota: lookAtQuota(dependencies),
    lowerQuota: lowerQuota(dependencies),
    liftQuota: liftQuota(dependencies),
    restoreQuota: restoreQuota(dependencies),
    findEndpoints: findEndpoints(dependencies),
    suspendEndpoint: suspendEndpoint(dependencies),
    lookAtCompute: lookAtCompute(dependencies),
    makeCompute: makeCompute(dependencies),
    followCompute: followCompute(dependencies),
    awaitIdle: awaitIdle(dependencies),
    findBranches: findBranches(dependencies),
    createBranch: createBranch(dependencies),
    deleteBranch: deleteBranch(dependencies),
    renameBranch: renameBranch(dependencies),
    restoreBranch: restoreBranch(dependencies),
    restoreSnapshot: restoreSnapshot(dependencies),
    sealBranchLogin: sealBranchLogin(dependencies),
    takeSnapshot: takeSnapshot(dependencies),
    findSnapshots: findSnapshots(dependencies),
    hasSnapshot: hasSnapshot(dependencies),
    deleteSnapshot: deleteSnapshot(dependencies),
    readProjectSettings: readProjectSettings(dependencies),
    changeProjectSettings: changeProjectSettings(dependencies),
    readComputeSettings: readComputeSettings(dependencies),
    changeComputeSettings: changeComputeSettings(dependencies),
    resetOwnerPassword: resetOwnerPassword(dependencies),
  };
}

/** Steps of seconds in the tenant's own database. */
export function createDatabaseActivities(dependencies: Dependencies) {
  return {
    probeDatabase: probeDatabase(dependencies),
    createAppRole: createAppRole(dependencies),
    dropAppRole: dropAppRole(dependencies),
    verifyAppRole: verifyAppRole(dependencies),
    verifyReach: verifyReach(dependencies),
    noteLogins: noteLogins(dependencies),
    verifyLogins: verifyLogins(dependencies),
    closeLogin: closeLogin(dependencies),
    verifyShutOut: verifyShutOut(dependencies),
    probeProject: probeProject(dependencies),
    closeWrites: closeWrites(dependencies),
    openWrites: openWrites(dependencies),
    closeProject: closeProject(dependencies),
    verifyWritesRefused: verifyWritesRefused(dependencies),
    verifyWritesOpen: verifyWritesOpen(dependencies),
    finishCopy: finishCopy(dependencies),
    checkExportFolder: checkExportFolder(dependencies),
    removeExport: removeExport(dependencies),
    readSchemaVersion: readSchemaVersion(dependencies),
    openBranchLogin: openBranchLogin(dependencies),
    verifyBranchLogin: verifyBranchLogin(dependencies),
    createNextLogin: createNextLogin(dependencies),
    retireLogin: retireLogin(dependencies),
    logInAsOwner: logInAsOwner(dependencies),
    checkLogins: checkLogins(dependencies),
    mendLogins: mendLogins(dependencies),
  };
}

/** Steps that run the fleet's own code in the tenant's database. */
export function createCodeActivities(dependencies: Dependencies) {
  return {
    prepareDatabase: prepareDatabase(dependencies),
    migrateDatabase: migrateDatabase(dependencies),
    runHook: runHook(dependencies),
  };
}

/** Steps that read or write all that is in the tenant's database. */
export function createHeavyActivities(dependencies: Dependencies) {
  return {
    copyDatabase: copyDatabase(dependencies),
    compareDatabases: compareDatabases(dependencies),
    exportDatabase: exportDatabase(dependencies),
  };
}

/** Steps in the catalog: cheap, so most run where the workflow runs. */
export function createCatalogActivities(dependencies: Dependencies) {
  return {
    beginOnboarding: beginOnboarding(dependencies),
    forgetProject: forgetProject(dependencies),
    forgetSecrets: forgetSecrets(dependencies),
    checkAdoption: checkAdoption(dependencies),
    beginAdoption: beginAdoption(dependencies),
    beginOperation: beginOperation(dependencies),
    succeedOperation: succeedOperation(dependencies),
    failOperation: failOperation(dependencies),
    noteHistory: noteHistory(dependencies),
    noteProgress: noteProgress(dependencies),
    condemnProjects: condemnProjects(dependencies),
    projectNames: projectNames(dependencies),
    settleProject: settleProject(dependencies),
    findFormerProject: findFormerProject(dependencies),
    switchProject: switchProject(dependencies),
    checkName: checkName(dependencies),
    intendResource: intendResource(dependencies),
    noteResource: noteResource(dependencies),
    forgetResource: forgetResource(dependencies),
    findRestoreSource: findRestoreSource(dependencies),
    findDue: findDue(dependencies),
    claimProject: claimProject(dependencies),
    postponeDuty: postponeDuty(dependencies),
    settleIntended: settleIntended(dependencies),
    giveUpOnboarding: giveUpOnboarding(dependencies),
    forgetBranch: forgetBranch(dependencies),
    forgetSnapshot: forgetSnapshot(dependencies),
    readPlan: readPlan(dependencies),
    plannedSettings: plannedSettings(dependencies),
    publishLogin: publishLogin(dependencies),
    readTimings: readTimings(dependencies),
  };
}

export type NeonActivities = ReturnType<typeof createNeonActivities>;
export type DatabaseActivities = ReturnType<typeof createDatabaseActivities>;
export type CodeActivities = ReturnType<typeof createCodeActivities>;
export type HeavyActivities = ReturnType<typeof createHeavyActivities>;
export type CatalogActivities = ReturnType<typeof createCatalogActivities>;
