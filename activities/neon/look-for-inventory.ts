import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { ReconcileKey } from '../../catalog/inventory.js';
import { listEndpoints } from '../../neon/endpoints.js';
import { type ListedProject, listProjects } from '../../neon/list-projects.js';
import { findProject } from '../../neon/projects.js';
import type { Look, SeenProject } from '../../tenancy/inventory.js';
import type { PlanSettings } from '../../tenancy/plan-difference.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';
import { readCompute } from './compute-settings.js';
import { leadsTo } from './live-compute.js';
import { quotaNames, wholeQuota } from './project-request.js';
import { isLowered } from './set-quota.js';

/** The input of a reconcile's activities. */
export interface FleetInput {
  readonly fleet: string;
}

export function reconcileOf({ fleet }: FleetInput): ReconcileKey {
  const run = activityInfo().workflowExecution;
  if (run === undefined) throw new Error('this activity belongs in a workflow');
  return { fleet, runId: run.runId };
}

/** Records a page of Neon's list. Returns the cursor of the next page. One call. */
export function listInventory({ neon, catalog }: Dependencies) {
  return async (input: FleetInput & { readonly cursor?: string }): Promise<{ readonly next?: string }> => {
    const { projects, next } = await listProjects(neon, input.cursor, cancellationSignal());
    await catalog.inventories.addSeen(reconcileOf(input), projects.map(seenOf));
    return { ...(next !== undefined && { next }) };
  };
}

/** Asks for a project by its id: only a clear "not found" means that it is gone. */
export function askForProject({ neon, catalog }: Dependencies) {
  return async (input: FleetInput & { readonly projectId: string }): Promise<void> => {
    const project = await findProject(neon, input.projectId, cancellationSignal());
    const key = reconcileOf(input);
    if (project === undefined) await catalog.inventories.addGone(key, input.projectId);
    else await catalog.inventories.addSeen(key, [seenOf(project)]);
  };
}

/** Reads the compute that the tenant's credentials lead to. This neither wakes it nor keeps it awake. */
export function lookAtComputes({ neon, catalog }: Dependencies) {
  return async (input: ProjectInput): Promise<Look> => {
    const endpoints = await listEndpoints(neon, input.projectId, cancellationSignal());
    const owner = await catalog.secrets.open(input.tenant, 'owner');
    const compute = endpoints.find((one) => owner !== undefined && leadsTo(owner, one));
    const look: Look =
      compute === undefined
        ? { computes: 'none' }
        : {
            computes: compute.current_state === 'idle' ? 'asleep' : 'awake',
            settings: readCompute('compute', compute),
          };
    await catalog.inventories.addLook(reconcileOf(input.tenant), input.tenant, look);
    return look;
  };
}

function seenOf(
  project: Omit<ListedProject, 'compute_last_active_at'> & Partial<ListedProject>,
): SeenProject {
  const { quota } = project.settings ?? {};
  const active = project.compute_last_active_at ?? undefined;
  const settings: Partial<PlanSettings> = {
    ...(project.history_retention_seconds !== undefined && {
      historyRetentionSeconds: project.history_retention_seconds,
    }),
    ...readCompute('newCompute', project.default_endpoint_settings ?? {}),
    ...(quota &&
      Object.fromEntries(
        Object.entries(quotaNames).map(([ours, theirs]) => [`quota.${ours}`, quota[theirs] ?? 0]),
      )),
  };
  return {
    neonId: project.id,
    name: project.name,
    createdAt: Date.parse(project.created_at),
    ...(active !== undefined && { lastActiveAt: Date.parse(active) }),
    ...(quota && { isLowered: isLowered({ ...wholeQuota({}), ...quota }) }),
    settings,
  };
}
