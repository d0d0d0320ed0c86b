import { z } from 'zod';
import { badRequest } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { put } from '../../state/changes.js';
import { now } from '../../state/clock.js';
import { newId, newPassword } from '../../state/ids.js';
import { newBranch, newDatabase, newEndpoint, newRole } from '../../state/make.js';
import type { Project } from '../../state/records.js';
import { organizationOf, refuseProjectKey } from '../callers.js';
import * as input from '../input.js';
import { refuseProjectBeyondLimit } from '../limits.js';
import { findRegion } from '../regions.js';
import { type Call, created, parse, type Reply } from '../route.js';
import { branchView } from '../views/branch.js';
import { connectionDetails } from '../views/connection.js';
import { databaseView } from '../views/database.js';
import { endpointView } from '../views/endpoint.js';
import { operationView } from '../views/operation.js';
import { projectView } from '../views/project.js';
import { roleWithPassword } from '../views/role.js';

const request = z.object({
  project: z.object({
    name: input.name.optional(),
    org_id: input.id.optional(),
    region_id: z.string().optional(),
    pg_version: z.int().min(14).max(18).default(17),
    provisioner: z.string().default('k8s-neonvm'),
    store_passwords: z.boolean().default(true),
    history_retention_seconds: z.int().min(0).max(2_592_000).default(86_400),
    autoscaling_limit_min_cu: input.computeUnits.optional(),
    autoscaling_limit_max_cu: input.computeUnits.optional(),
    default_endpoint_settings: input.endpointDefaults.default({}),
    settings: input.projectSettings.default({}),
    branch: z
      .object({
        name: input.name.default('main'),
        database_name: input.postgresName.default('neondb'),
        role_name: input.postgresName.optional(),
        annotations: input.textMap.default({}),
      })
      .prefault({}),
  }),
});

type Request = z.infer<typeof request>['project'];

export async function createProject(call: Call, neon: Neon): Promise<Reply> {
  refuseProjectKey(call.caller);
  const asked = parse(request, call.body).project;
  const organization = organizationOf(call.caller, asked.org_id, neon);
  refuseProjectBeyondLimit(neon);
  const project = newProject(asked, organization);
  const database = asked.branch.database_name;
  const roleName = asked.branch.role_name ?? `${database}_owner`;
  const branch = newBranch(project, {
    name: asked.branch.name,
    annotations: asked.branch.annotations,
    default: true,
  });
  const password = newPassword();
  const role = newRole(project, branch, roleName, password);
  const firstDatabase = newDatabase(branch, database, roleName);
  const endpointId = newId.endpoint();

  return neon.gateway.withPort(endpointId, (port) => {
    const endpoint = newEndpoint(project, branch, { id: endpointId, port });
    const operations = neon.engine.begin(
      project.id,
      [
        { action: 'create_timeline', branch_id: branch.id },
        { action: 'start_compute', branch_id: branch.id, endpoint_id: endpoint.id },
      ],
      [
        put('project', project),
        put('branch', branch),
        put('endpoint', endpoint),
        put('role', role),
        put('database', firstDatabase),
      ],
      call.fateOf,
    );
    return created({
      project: projectView(project),
      connection_uris: [connectionDetails({ endpoint, role: roleName, password, database }, neon)],
      roles: [roleWithPassword(role, password)],
      databases: [databaseView(firstDatabase)],
      operations: operations.map(operationView),
      branch: branchView(branch),
      endpoints: [endpointView(endpoint, project, neon)],
    });
  });
}

function newProject(asked: Request, organization: string): Project {
  const id = newId.project();
  const time = now();
  const defaults = asked.default_endpoint_settings;
  const min = defaults.autoscaling_limit_min_cu ?? asked.autoscaling_limit_min_cu ?? 0.25;
  const max = defaults.autoscaling_limit_max_cu ?? asked.autoscaling_limit_max_cu ?? Math.max(min, 2);
  if (min > max) throw badRequest('autoscaling_limit_min_cu must not exceed autoscaling_limit_max_cu');
  return {
    id,
    name: asked.name ?? id,
    org_id: organization,
    region_id: findRegion(asked.region_id).region_id,
    pg_version: asked.pg_version,
    provisioner: asked.provisioner,
    store_passwords: asked.store_passwords,
    history_retention_seconds: asked.history_retention_seconds,
    settings: asked.settings,
    default_endpoint_settings: {
      ...defaults,
      autoscaling_limit_min_cu: min,
      autoscaling_limit_max_cu: max,
      suspend_timeout_seconds: defaults.suspend_timeout_seconds ?? 0,
    },
    created_at: time,
    updated_at: time,
  };
}
