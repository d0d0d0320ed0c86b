import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import type { Tenant } from '../catalog/tenant.js';
import { defaultTaskQueue } from '../tenancy/environment.js';
import { defaultPlanOf, type Fleet } from '../tenancy/fleet.js';
import { tenantWorkflowId } from '../tenancy/naming.js';
import { searchAttributeKeys, searchAttributes } from '../tenancy/search-attributes.js';
import { isTenantId, type TenantId, tenantIdProblem } from '../tenancy/tenant-id.js';
import type { onboardTenant } from '../workflows/onboard-tenant.js';
import {
  InvalidTenantIdError,
  TenantBusyError,
  TenantNotFoundError,
  TenantNotReadyError,
  UnknownPlanError,
} from './errors.js';
import { type OnboardingHandle, onboardingHandle } from './onboarding-handle.js';

export interface TenantryClientOptions {
  readonly fleet: Fleet;
  readonly temporal: Client;
  readonly catalog: Catalog;
  /** Where workers wait. @default tenantry */
  readonly taskQueue?: string;
}

export interface OnboardInput {
  /** Any printable string of 1 to 128 characters; compared exactly, so `C2` and `c2` are two tenants. */
  readonly id: string;
  /** A plan of the fleet. @default the fleet's default plan, or its only one */
  readonly plan?: string;
}

const onboardWorkflow = 'onboardTenant' satisfies (typeof onboardTenant)['name'];

/** What backend code holds. It starts and reads; the work is done by workers. */
export class TenantryClient {
  readonly #fleet: Fleet;
  readonly #temporal: Client;
  readonly #catalog: Catalog;
  readonly #taskQueue: string;

  constructor({ fleet, temporal, catalog, taskQueue = defaultTaskQueue }: TenantryClientOptions) {
    this.#fleet = fleet;
    this.#temporal = temporal;
    this.#catalog = catalog;
    this.#taskQueue = taskQueue;
  }

  /**
   * Asks for a tenant, and returns once the run is durably accepted. Asked again, it joins the run that is under way,
   * or answers with the one that succeeded; a failed onboarding is tried anew.
   * Throws `InvalidTenantIdError`, `UnknownPlanError`, `TenantBusyError`.
   */
  async onboard(input: OnboardInput): Promise<OnboardingHandle> {
    const id = parseTenantId(input.id);
    const plan = this.#planFor(id, input.plan);
    const workflowId = tenantWorkflowId(this.#fleet.name, id);
    const runId = await this.#startOrJoin(id, plan, workflowId);
    return onboardingHandle(
      id,
      runId,
      this.#temporal.workflow.getHandle<typeof onboardTenant>(workflowId, runId),
    );
  }

  /** What the catalog knows of a tenant; `undefined` when it knows none of that id. */
  get(id: string): Promise<Tenant | undefined> {
    return this.#catalog.tenants.get({ fleet: this.#fleet.name, id: parseTenantId(id) });
  }

  /** All tenants of the fleet, by id. */
  list(): Promise<Tenant[]> {
    return this.#catalog.tenants.list(this.#fleet.name);
  }

  /**
   * The connection string of the tenant's own limited role, opened here and now. It is a secret.
   * Throws `TenantNotFoundError`, `TenantNotReadyError`; `SealError` when the seal keys at hand do not open it.
   */
  async connectionString(id: string): Promise<string> {
    const tenant = await this.get(id);
    if (tenant === undefined) throw new TenantNotFoundError(`there is no tenant "${id}"`, id);
    if (tenant.state !== 'ready') throw new TenantNotReadyError(id, tenant.state, tenant.failure);
    const secret = await this.#catalog.secrets.open(tenant, 'app');
    if (secret === undefined) throw new TenantNotReadyError(id, tenant.state);
    return secret;
  }

  #planFor(id: TenantId, asked: string | undefined): string {
    const plan = asked ?? defaultPlanOf(this.#fleet);
    const names = Object.keys(this.#fleet.plans).join(', ');
    if (plan === undefined)
      throw new UnknownPlanError(`say which plan: the fleet has ${names}, and no default`, id);
    if (Object.hasOwn(this.#fleet.plans, plan)) return plan;
    throw new UnknownPlanError(`the fleet has no plan "${plan}": it has ${names}`, id);
  }

  /** The run that onboards the tenant on that plan: a new one, the one under way, or the one that succeeded. */
  async #startOrJoin(id: TenantId, plan: string, workflowId: string): Promise<string> {
    const start = (workflowIdReusePolicy: WorkflowIdReusePolicy) =>
      this.#temporal.workflow.start<typeof onboardTenant>(onboardWorkflow, {
        workflowId,
        taskQueue: this.#taskQueue,
        args: [{ tenant: { fleet: this.#fleet.name, id }, plan, timings: this.#fleet.timings }],
        workflowIdReusePolicy,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        workflowTaskTimeout: this.#fleet.timings.workflowTask,
        typedSearchAttributes: searchAttributes({
          tenant: id,
          fleet: this.#fleet.name,
          plan,
          stage: 'onboarding',
        }),
        staticSummary: `Onboard tenant ${id} on plan ${plan}`,
      });
    try {
      const { firstExecutionRunId } = await start(WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY);
      return await this.#sameOperation(id, plan, workflowId, firstExecutionRunId);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // The last run of this tenant succeeded. If it was this very onboarding, its answer is the answer; whether the
    // tenant has moved on since, the catalog tells the new run.
    const last = await this.#temporal.workflow.getHandle(workflowId).describe();
    if (last.type === onboardWorkflow && planOf(last) === plan) return last.runId;
    const { firstExecutionRunId } = await start(WorkflowIdReusePolicy.ALLOW_DUPLICATE);
    return this.#sameOperation(id, plan, workflowId, firstExecutionRunId);
  }

  /** `USE_EXISTING` hands back a run of any type under that id without a word, so what was joined is looked at. */
  async #sameOperation(id: TenantId, plan: string, workflowId: string, runId: string): Promise<string> {
    const run = await this.#temporal.workflow.getHandle(workflowId, runId).describe();
    if (run.type !== onboardWorkflow) {
      throw new TenantBusyError(`tenant "${id}" is busy: ${run.type} is under way`, id, runId);
    }
    const present = planOf(run);
    if (present === plan) return runId;
    throw new TenantBusyError(
      `tenant "${id}" is being onboarded on plan "${present}", not "${plan}"`,
      id,
      runId,
    );
  }
}

function planOf(run: WorkflowExecutionDescription): string | undefined {
  return run.typedSearchAttributes.get(searchAttributeKeys.plan);
}

function parseTenantId(raw: string): TenantId {
  if (isTenantId(raw)) return raw;
  throw new InvalidTenantIdError(tenantIdProblem(raw) ?? 'not a tenant id', String(raw));
}
