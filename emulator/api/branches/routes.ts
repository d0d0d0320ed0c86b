import { branchOf } from '../find.js';
import { ok, type Route } from '../route.js';
import { annotationView } from '../views/branch.js';
import { measuredBranchView } from '../views/usage.js';
import { createBranch } from './create.js';
import { deleteBranch } from './delete.js';
import { finalizeRestore } from './finalize.js';
import { countBranches, listBranches } from './list.js';
import { recoverBranch } from './recover.js';
import { restoreBranch } from './restore.js';
import { setDefaultBranch, updateBranch } from './update.js';

const branches = '/projects/:project_id/branches';

export const branchRoutes: readonly Route[] = [
  { method: 'GET', path: branches, handle: listBranches },
  { method: 'POST', path: branches, handle: createBranch },
  { method: 'GET', path: `${branches}/count`, handle: countBranches },
  {
    method: 'GET',
    path: `${branches}/:branch_id`,
    handle: (call, neon) => {
      const branch = branchOf(call, neon);
      return ok({ branch: measuredBranchView(branch, neon), annotation: annotationView(branch) });
    },
  },
  { method: 'PATCH', path: `${branches}/:branch_id`, handle: updateBranch },
  { method: 'DELETE', path: `${branches}/:branch_id`, handle: deleteBranch },
  { method: 'POST', path: `${branches}/:branch_id/set_as_default`, handle: setDefaultBranch },
  { method: 'POST', path: `${branches}/:branch_id/recover`, handle: recoverBranch },
  { method: 'POST', path: `${branches}/:branch_id/restore`, handle: restoreBranch },
  { method: 'POST', path: `${branches}/:branch_id/finalize_restore`, handle: finalizeRestore },
];
