import { attentionTo, type TenantRecord } from '../../../client/index.js';
import type { TenantState } from '../../../tenancy/lifecycle.js';
import { tenantWorkflowId } from '../../../tenancy/naming.js';
import type { ProjectRecord } from '../../support/emulator.js';
import type { TestTenantry } from '../../support/tenantry.js';
import { tenantIdOf } from '../../tenancy/tenant-id-of.js';
import { NeonConsole } from '../neon-console.js';
import { type Run, runsAbout } from './temporal-runs.js';
import { projectsOf, type Witness } from './witness.js';

/** What the product says of a tenant. */
export interface Said {
  readonly state: TenantState | 'none';
  readonly attention: string | undefined;
  readonly projectId: string | undefined;
  readonly projects: TenantRecord['projects'];
  readonly resources: TenantRecord['resources'];
}

/** A tenant at a moment: what the product says, and what the world says, each in its own words. */
export interface Scene {
  readonly t: TestTenantry;
  readonly id: string;
  readonly said: Said;
  /** The projects at Neon that bear this tenant's name and are not deleted. */
  readonly projects: readonly ProjectRecord[];
  readonly runs: readonly Run[];
  readonly console: NeonConsole;
  readonly witness: Witness;
}

/** A rule of the auditor: returns each way in which it is broken, as the rest of a sentence. */
export type Rule = (scene: Scene) => Promise<string[]> | string[];

export async function sceneOf(t: TestTenantry, id: string, witness: Witness): Promise<Scene> {
  const [said, records, runs] = await Promise.all([saidOf(t, id), t.emulator.records(), runsAbout(t, id)]);
  const projects = projectsOf(t.fleet.name, id, records);
  return { t, id, said, projects, runs, console: new NeonConsole(t.emulator), witness };
}

async function saidOf({ tenantry }: TestTenantry, id: string): Promise<Said> {
  const tenant = await tenantry.get(id);
  if (tenant === undefined)
    return { state: 'none', attention: undefined, projectId: undefined, projects: [], resources: [] };
  const { projects, resources } = await tenantry.exportRecord(id);
  const { state, projectId } = tenant;
  return { state, attention: attentionTo(tenant), projectId, projects, resources };
}

/** The project that the product calls the tenant's, if Neon has it. */
export function liveProject({ said, projects }: Scene): ProjectRecord | undefined {
  return projects.find(({ id }) => id === said.projectId);
}

/** Those of its operations, the newest first. */
export function ownRuns({ t, id, runs }: Scene): Run[] {
  const workflowId = tenantWorkflowId(t.fleet.name, tenantIdOf(id));
  return runs.filter((run) => run.workflowId === workflowId);
}
