import { randomUUID } from 'node:crypto';
import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { Quarantined } from '../../catalog/quarantine.js';
import type { KeptFinding, LastReconcile } from '../../catalog/reconciles.js';
import { ownTimings } from '../../tenancy/default-timings.js';
import { reconcileScheduleId } from '../../tenancy/naming.js';
import { searchAttributeKeysOf } from '../../tenancy/search-attributes.js';
import { isStorable } from '../../tenancy/storable.js';
import type { Reconciled, ReconcileInput } from '../../workflows/reconcile.js';
import type { ReleaseProjectInput } from '../../workflows/release-project.js';
import { ProjectNotFoundError, ReconcileRefusedError, ReconcileUnderWayError } from '../errors.js';
import { reachTemporal } from '../reach-temporal.js';
import type { RolloutStarter } from '../rollouts/known-rollout.js';

export type { KeptFinding, LastReconcile, Quarantined };

export interface ReconcileOptions {
  /** Whether to mend findings that need no person. @default findings are only reported */
  readonly apply?: boolean;
  /**
   * Whether to wake sleeping computes, to check their databases and to repair. @default sleeping computes stay asleep
   */
  readonly wake?: boolean;
}

/** What one reconcile has compared and mended. */
export type ReconcileReport = Omit<Extract<Reconciled, { outcome: 'compared' }>, 'outcome'>;

/** The most findings that are read at once. */
const most = 1_000;

/** Differences between the catalog, Neon, Temporal and the tenants' databases. */
export class FleetReconcile {
  readonly #starter: RolloutStarter;

  constructor(starter: RolloutStarter) {
    this.#starter = starter;
  }

  /**
   * Runs a reconcile now, on a worker, and waits for its end; its findings are in `findings()`. Throws
   * `ReconcileRefusedError` when the observations prove nothing, for example because Neon's list was incomplete: then
   * it decided nothing and changed nothing; `ReconcileUnderWayError`.
   */
  async run({ apply = false, wake = false }: ReconcileOptions = {}): Promise<ReconcileReport> {
    const { fleet } = this.#starter;
    const input: ReconcileInput = { fleet: fleet.name, timings: ownTimings(fleet.timings), apply, wake };
    const result = await this.#execute<Reconciled>('reconcile', {
      workflowId: `${reconcileScheduleId(fleet.name)}-${randomUUID()}`,
      input,
      summary: `Reconcile fleet ${fleet.name}`,
    });
    if (result.outcome === 'busy') throw new ReconcileUnderWayError(result.workflowId);
    if (result.outcome === 'refused') throw new ReconcileRefusedError(result.trouble);
    const { outcome: _, ...report } = result;
    return report;
  }

  /** The findings of the last reconcile, the oldest first: at most 1,000. */
  findings(): Promise<KeptFinding[]> {
    return this.#starter.catalog.reconciles.findings(this.#starter.fleet.name, most);
  }

  /** The last reconcile and its progress; `undefined` if there never was one. */
  last(): Promise<LastReconcile | undefined> {
    return this.#starter.catalog.reconciles.last(this.#starter.fleet.name);
  }

  /** Projects in quarantine, and those that were deleted or released, the longest there first. */
  quarantine(): Promise<Quarantined[]> {
    return this.#starter.catalog.quarantine.list(this.#starter.fleet.name);
  }

  /**
   * Takes a project out of quarantine, and waits until it has its quota back. A deleted one is recovered at Neon,
   * which is possible for seven days. From then on no reconcile touches it. Throws `ProjectNotFoundError`.
   */
  async release(projectId: string): Promise<void> {
    const { fleet, catalog } = this.#starter;
    const held = isStorable(projectId) ? await catalog.quarantine.get(projectId) : undefined;
    if (held?.tenant.fleet !== fleet.name) throw new ProjectNotFoundError(projectId);
    await catalog.quarantine.askRelease(fleet.name, projectId);
    const tenant = held.tenant;
    const input: ReleaseProjectInput = { tenant, projectId, timings: ownTimings(fleet.timings) };
    await this.#execute('releaseProject', {
      workflowId: `release/${fleet.name}/${projectId}`,
      input,
      summary: `Release project ${projectId} from quarantine`,
    });
  }

  async #execute<Result>(
    workflowType: 'reconcile' | 'releaseProject',
    of: { readonly workflowId: string; readonly input: object; readonly summary: string },
  ): Promise<Result> {
    const { fleet, temporal, taskQueue } = this.#starter;
    const keys = searchAttributeKeysOf(fleet.searchAttributes);
    const handle = await reachTemporal(temporal, () =>
      temporal.workflow.start(workflowType, {
        workflowId: of.workflowId,
        taskQueue,
        args: [of.input],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        workflowTaskTimeout: fleet.timings.workflowTask,
        typedSearchAttributes: [{ key: keys.fleet, value: fleet.name }],
        staticSummary: of.summary,
      }),
    );
    return (await handle.result()) as Result;
  }
}
