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
  /** Mend what is found, as far as that needs no person. @default it is only told */
  readonly apply?: boolean;
  /** Wake computes that sleep, to look into their databases and to repair. @default what sleeps is left asleep */
  readonly wake?: boolean;
}

/** What one reconcile has compared and mended. */
export type ReconcileReport = Omit<Extract<Reconciled, { outcome: 'compared' }>, 'outcome'>;

/** The most findings that are read at once. */
const most = 1_000;

/** In what the catalog, Neon, Temporal and the tenants' databases disagree. */
export class FleetReconcile {
  readonly #starter: RolloutStarter;

  constructor(starter: RolloutStarter) {
    this.#starter = starter;
  }

  /**
   * Compares now, at a worker, and waits for the end; what was found is in `findings()`. Throws `ReconcileRefusedError` where what
   * was seen proves nothing, such as an incomplete list of Neon's: then nothing was decided and nothing changed;
   * `ReconcileUnderWayError`.
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

  /** What the last reconcile found, the oldest first: at most 1,000. */
  findings(): Promise<KeptFinding[]> {
    return this.#starter.catalog.reconciles.findings(this.#starter.fleet.name, most);
  }

  /** When the fleet was reconciled last, and how far that came; `undefined` if it never was. */
  last(): Promise<LastReconcile | undefined> {
    return this.#starter.catalog.reconciles.last(this.#starter.fleet.name);
  }

  /** Projects that are to go, and those that went or were let go, the longest there first. */
  quarantine(): Promise<Quarantined[]> {
    return this.#starter.catalog.quarantine.list(this.#starter.fleet.name);
  }

  /**
   * Takes a project out of quarantine, and waits until it has its quota back. One that was deleted is recovered at Neon, which can for
   * seven days. No reconcile touches it from then on. Throws `ProjectNotFoundError`.
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
