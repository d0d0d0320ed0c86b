import { z } from 'zod';
import { conflict, NeonError, unprocessable } from '../errors.js';
import type { Neon } from '../neon.js';
import { put, update } from '../state/changes.js';
import { newPassword } from '../state/ids.js';
import { newRole, secretsOf } from '../state/make.js';
import type { Role } from '../state/records.js';
import { configure } from './configure.js';
import { branchOf, nameId, projectOf, roleNamed } from './find.js';
import * as input from './input.js';
import { refuseRoleBeyondLimit } from './limits.js';
import { type Call, created, nothing, ok, parse, type Reply, type Route } from './route.js';
import { operationView } from './views/operation.js';
import { roleView, roleWithPassword } from './views/role.js';

const createRequest = z.object({
  role: z.object({ name: input.postgresName, no_login: z.boolean().default(false) }),
});

/** Names Postgres or Neon keeps for itself. */
const reserved = /^(pg_.*|cloud_admin|neon_superuser|neon_service|public|none)$/;

function list(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const roles = neon.store.of.role.in(branch.project_id).filter((role) => role.branch_id === branch.id);
  return ok({ roles: roles.sort((a, b) => (a.created_at < b.created_at ? -1 : 1)).map(roleView) });
}

function create(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const branch = branchOf(call, neon);
  const { name, no_login } = parse(createRequest, call.body).role;
  if (reserved.test(name)) throw unprocessable(`role name "${name}" is reserved`);
  if (neon.store.of.role.get(nameId(branch, name)) !== undefined)
    throw conflict(`role already exists; role_name:"${name}"`);
  refuseRoleBeyondLimit(branch, neon);
  const password = no_login ? undefined : newPassword();
  const role = newRole(project, branch, name, password);
  const operations = neon.engine.begin(project.id, configure(branch, neon), [put('role', role)], call.fateOf);
  return created({ role: roleWithPassword(role, password), operations: operations.map(operationView) });
}

/** The list shows the role until its operation ends. */
function remove(call: Call, neon: Neon): Reply {
  const branch = branchOf(call, neon);
  const role = neon.store.of.role.get(nameId(branch, call.params.role_name ?? ''));
  if (role === undefined) return nothing;
  const owned = neon.store.of.database
    .in(branch.project_id)
    .find((database) => database.branch_id === branch.id && database.owner_name === role.name);
  if (owned !== undefined) throw unprocessable(`role owns database "${owned.name}"`);
  const operations = neon.engine.begin(
    branch.project_id,
    configure(branch, neon),
    [update('role', role, { deleting: true })],
    call.fateOf,
  );
  return ok({ role: roleView(role), operations: operations.map(operationView) });
}

function reveal(call: Call, neon: Neon): Reply {
  const role = roleOf(call, neon);
  if (!projectOf(call, neon).store_passwords)
    throw new NeonError(412, 'storing passwords is not enabled for the project');
  if (role.password === undefined) throw new NeonError(404, 'role has no password');
  return ok({ password: role.password });
}

/** The new password is told at once and works when the operation ends; until then the old one does. */
function reset(call: Call, neon: Neon): Reply {
  const project = projectOf(call, neon);
  const role = roleOf(call, neon);
  if (role.no_login) throw unprocessable('role cannot log in');
  const password = newPassword();
  const operations = neon.engine.begin(
    project.id,
    configure(branchOf(call, neon), neon),
    [update('role', role, secretsOf(project, password))],
    call.fateOf,
  );
  const changed = neon.store.of.role.get(role.id) ?? role;
  return ok({ role: roleWithPassword(changed, password), operations: operations.map(operationView) });
}

function roleOf(call: Call, neon: Neon): Role {
  return roleNamed(branchOf(call, neon), call.params.role_name ?? '', neon);
}

const roles = '/projects/:project_id/branches/:branch_id/roles';

export const roleRoutes: readonly Route[] = [
  { method: 'GET', path: roles, handle: list },
  { method: 'POST', path: roles, handle: create },
  {
    method: 'GET',
    path: `${roles}/:role_name`,
    handle: (call, neon) => ok({ role: roleView(roleOf(call, neon)) }),
  },
  { method: 'DELETE', path: `${roles}/:role_name`, handle: remove },
  { method: 'GET', path: `${roles}/:role_name/reveal_password`, handle: reveal },
  { method: 'POST', path: `${roles}/:role_name/reset_password`, handle: reset },
];
