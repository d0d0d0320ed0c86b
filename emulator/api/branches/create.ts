import { z } from 'zod';
import { conflict, notEmulated, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import { put } from '../../state/changes.js';
import { defined } from '../../state/defined.js';
import { newId } from '../../state/ids.js';
import { newBranch, newEndpoint } from '../../state/make.js';
import type { Branch, Database, Endpoint, Project, Role } from '../../state/records.js';
import { endpointFields } from '../endpoints/create.js';
import { branchById, defaultBranchOf, projectOf } from '../find.js';
import * as input from '../input.js';
import { refuseBranchBeyondLimit, refuseProtectionBeyondLimit } from '../limits.js';
import { type Call, created, parse, type Reply } from '../route.js';
import { branchView } from '../views/branch.js';
import { connectionDetails } from '../views/connection.js';
import { databaseView } from '../views/database.js';
import { endpointView } from '../views/endpoint.js';
import { operationView } from '../views/operation.js';
import { roleView } from '../views/role.js';
import { expiration } from './expiration.js';
import { inheritance } from './inheritance.js';
import { lsn, type Moment, momentOf, refuseOutOfReach, timestamp } from './moment.js';
import { refuseTakenName } from './names.js';

const endpointOptions = endpointFields
  .pick({
    settings: true,
    autoscaling_limit_min_cu: true,
    autoscaling_limit_max_cu: true,
    suspend_timeout_seconds: true,
  })
  .extend({ type: z.enum(['read_only', 'read_write']) });

const request = z.object({
  endpoints: z.array(endpointOptions).default([]),
  branch: z
    .object({
      parent_id: input.id.optional(),
      name: input.name.optional(),
      parent_lsn: lsn.optional(),
      parent_timestamp: timestamp.optional(),
      protected: z.boolean().optional(),
      archived: z.boolean().optional(),
      init_source: z.enum(['parent-data', 'schema-only']).default('parent-data'),
      expires_at: timestamp.optional(),
    })
    .prefault({}),
  annotation_value: input.textMap.default({}),
});

type Request = z.infer<typeof request>;

export async function createBranch(call: Call, neon: Neon): Promise<Reply> {
  const asked = parse(request, call.body);
  refuseNotEmulated(asked);
  const moment = momentOf(asked.branch.parent_timestamp, asked.branch.parent_lsn);
  await refuseOutOfReach(moment, parentOf(call, neon, asked), projectOf(call, neon), neon);
  const [wanted] = asked.endpoints;
  if (wanted === undefined) return copyParent(call, neon, asked, moment);
  const id = newId.endpoint();
  const { type, ...fields } = wanted;
  return neon.gateway.withPort(id, (port) =>
    copyParent(call, neon, asked, moment, (project, branch) =>
      newEndpoint(project, branch, { ...defined(fields), type, id, port }),
    ),
  );
}

function copyParent(
  call: Call,
  neon: Neon,
  request: Request,
  moment: Moment | undefined,
  computeOf?: (project: Project, branch: Branch) => Endpoint,
): Reply {
  const project = projectOf(call, neon);
  const { branch: asked, annotation_value } = request;
  const parent = parentOf(call, neon, request);
  refuseUnfitParent(parent);
  if (asked.name !== undefined) refuseTakenName(project, asked.name, neon);
  refuseBranchBeyondLimit(project, neon);
  if (asked.protected === true) refuseProtectionBeyondLimit(project.id, neon);
  if (asked.protected === true && asked.expires_at !== undefined)
    throw unprocessable('a protected branch cannot expire');
  const { name, protected: isProtected, archived, init_source } = asked;
  const branch = newBranch(project, {
    ...defined({ name, protected: isProtected, archived, parent_timestamp: asked.parent_timestamp }),
    ...(asked.expires_at !== undefined && expiration(asked.expires_at)),
    ...originIn(parent, init_source, moment),
    annotations: annotation_value,
    default: false,
  });
  const endpoint = computeOf?.(project, branch);
  const { roles, databases } = inheritance(parent, branch, neon, asked.parent_timestamp);
  const steps: Step[] = [{ action: 'create_branch', branch_id: branch.id }];
  if (endpoint !== undefined)
    steps.push({ action: 'start_compute', branch_id: branch.id, endpoint_id: endpoint.id });
  const operations = neon.engine.begin(
    project.id,
    steps,
    [
      put('branch', branch),
      ...(endpoint === undefined ? [] : [put('endpoint', endpoint)]),
      ...roles.map((role) => put('role', role)),
      ...databases.map((database) => put('database', database)),
    ],
    call.fateOf,
  );
  return created({
    branch: branchView(branch),
    endpoints: endpoint === undefined ? [] : [endpointView(endpoint, project, neon)],
    operations: operations.map(operationView),
    roles: roles.map(roleView),
    databases: databases.map(databaseView),
    ...connection(endpoint, roles, databases, neon),
  });
}

/** Where there is more than one role or database, nobody could say which string is meant. */
function connection(
  endpoint: Endpoint | undefined,
  [role, ...otherRoles]: readonly Role[],
  [database, ...otherDatabases]: readonly Database[],
  neon: Neon,
) {
  if (endpoint === undefined || role === undefined || database === undefined) return {};
  if (otherRoles.length > 0 || otherDatabases.length > 0) return {};
  const parts = { endpoint, role: role.name, password: role.password, database: database.name };
  return { connection_uris: [connectionDetails(parts, neon)] };
}

function parentOf(call: Call, neon: Neon, { branch }: Request): Branch {
  const project = projectOf(call, neon);
  return branch.parent_id === undefined
    ? defaultBranchOf(project, neon)
    : branchById(project, branch.parent_id, neon);
}

function refuseUnfitParent(parent: Branch): void {
  if (parent.current_state !== 'ready') throw unprocessable('branch not ready yet');
  if (parent.expires_at !== undefined) throw unprocessable('a branch that expires cannot have children');
}

/** A schema-only branch is a root of its own: it has its schema from the other and no parent. */
function originIn(parent: Branch, init_source: Request['branch']['init_source'], moment: Moment | undefined) {
  const making = { sourceId: parent.id, ...(moment && { moment }) };
  return init_source === 'schema-only' ? { init_source, making } : { parent_id: parent.id, making };
}

function refuseNotEmulated({ endpoints }: Request): void {
  if (endpoints.some(({ type }) => type === 'read_only')) throw notEmulated('a read-only endpoint');
  if (endpoints.length > 1) throw conflict('a branch has one read_write endpoint');
}
