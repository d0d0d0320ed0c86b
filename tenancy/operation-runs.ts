import type { TenantOperation } from './lifecycle.js';

/** How Temporal's UI shows a run of an operation: the type of its workflow, and its summary line. */
export interface OperationRun {
  readonly workflow: string;
  /** @param id The tenant's id, or what stands for it. */
  summary(id: string, request: Readonly<Record<string, unknown>>): string;
}

export const operationRuns = {
  onboard: {
    workflow: 'onboardTenant',
    summary: (id, { plan }) => `Onboard tenant ${id} on plan ${plan}`,
  },
  adopt: {
    workflow: 'adoptTenant',
    summary: (id, { projectId, preview }) =>
      preview
        ? `Preview the adoption of project ${projectId} as tenant ${id}`
        : `Adopt project ${projectId} as tenant ${id}`,
  },
  changePlan: {
    workflow: 'changePlan',
    summary: (id, { plan, apply }) =>
      apply ? `Change tenant ${id} to plan ${plan}` : `Preview plan ${plan} for tenant ${id}`,
  },
  migrate: {
    workflow: 'migrateTenant',
    summary: (id, { to }) => `Migrate tenant ${id}${to === undefined ? '' : ` to ${to}`}`,
  },
  rotateCredentials: {
    workflow: 'rotateCredentials',
    summary: (id) => `Rotate the credentials of tenant ${id}`,
  },
  snapshot: { workflow: 'snapshotTenant', summary: (id) => `Take a snapshot of tenant ${id}` },
  branch: { workflow: 'branchTenant', summary: (id, { name }) => `Create branch ${name} of tenant ${id}` },
  rehearse: {
    workflow: 'rehearseMigrations',
    summary: (id, { to }) => `Rehearse the migrations of tenant ${id}${to === undefined ? '' : ` to ${to}`}`,
  },
  drill: { workflow: 'drillRestore', summary: (id) => `Prove a snapshot of tenant ${id}` },
  restore: { workflow: 'restoreTenant', summary: (id) => `Restore tenant ${id}` },
  move: {
    workflow: 'moveTenant',
    summary: (id, { region }) => `Move tenant ${id}${region === undefined ? '' : ` to ${region}`}`,
  },
  undoMove: { workflow: 'undoMove', summary: (id) => `Undo the move of tenant ${id}` },
  suspend: { workflow: 'suspendTenant', summary: (id) => `Suspend tenant ${id}` },
  resume: { workflow: 'resumeTenant', summary: (id) => `Resume tenant ${id}` },
  repair: { workflow: 'repairTenant', summary: (id) => `Repair tenant ${id}` },
  offboard: { workflow: 'offboardTenant', summary: (id) => `Offboard tenant ${id}` },
  erase: { workflow: 'eraseTenant', summary: (id) => `Erase tenant ${id}` },
} as const satisfies Record<TenantOperation, OperationRun>;

/** The workflow types that only run under their tenant's own workflow id. */
export const tenantWorkflows: ReadonlySet<string> = new Set(
  Object.values(operationRuns).map(({ workflow }) => workflow),
);
