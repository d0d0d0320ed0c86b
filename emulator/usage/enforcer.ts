import type { Computes } from '../compute/computes.js';
import type { Measure } from '../compute/measure.js';
import type { Engine } from '../operations/engine.js';
import { update } from '../state/changes.js';
import type { Endpoint, Project } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { Activity } from './activity.js';
import { billingPeriodOf } from './billing-period.js';
import type { Meter } from './meter.js';
import { exceeded, QuotaExceeded, quotaOf, timeLeft } from './quotas.js';

export interface EnforcerOptions {
  readonly store: Store;
  readonly computes: Computes;
  readonly meter: Meter;
  readonly engine: Engine;
  readonly activity: Activity;
  /** How often the bytes of a project with a quota for them are looked at. */
  readonly quotaIntervalMs: number;
  /** How often everything that runs is looked at and put in the books. */
  readonly meterIntervalMs: number;
}

const longestWait = 2 ** 31 - 1;
/** So long after a session has ended, what it did is in Postgres's statistics. */
const settledMs = 1_000;

/** Sees to it that a project does not use more than its quotas: suspends its computes, or has one refuse writes. */
export class Enforcer {
  readonly #options: EnforcerOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #looking = new Map<string, Promise<void>>();
  readonly #looks = new Map<string, { readonly at: number; readonly seen: Measure }>();
  readonly #rounds: NodeJS.Timeout;
  #stopped = false;

  constructor(options: EnforcerOptions) {
    this.#options = options;
    const { store } = options;
    store.watch('endpoint', (before, after) => {
      if (after?.current_state === 'active' && before?.current_state !== 'active')
        this.#lookSoon(after.project_id);
      if (after !== undefined || before === undefined) return;
      options.activity.forget(before.id);
      this.#looks.delete(before.branch_id);
    });
    store.watch('project', (before, after) => {
      if (before !== undefined && after !== undefined && before.settings !== after.settings)
        this.#lookSoon(after.id);
    });
    this.#rounds = setInterval(() => void this.#round(), options.meterIntervalMs).unref();
  }

  /** Resolves when nothing is being looked at any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#rounds);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#looking.values());
  }

  async #round(): Promise<void> {
    const { store, meter } = this.#options;
    meter.flush();
    // One after the other: a hundred computes asked at once would be busy with nothing else.
    for (const project of store.of.project.all())
      if (!this.#stopped && this.#active(project.id).length > 0) await this.#look(project.id);
  }

  #lookSoon(projectId: string, afterMs = 0): void {
    clearTimeout(this.#timers.get(projectId));
    if (this.#stopped) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(projectId);
        void this.#look(projectId);
      },
      Math.min(afterMs, longestWait),
    );
    this.#timers.set(projectId, timer.unref());
  }

  #look(projectId: string): Promise<void> {
    const underway = this.#looking.get(projectId);
    if (underway !== undefined) return underway;
    const look = this.#lookAt(projectId).finally(() => this.#looking.delete(projectId));
    this.#looking.set(projectId, look);
    return look;
  }

  async #lookAt(projectId: string): Promise<void> {
    const { store, meter, engine, activity, quotaIntervalMs } = this.#options;
    const looked = this.#active(projectId);
    // Of all of them, for several can lead to one Postgres.
    const lastActivity = Math.max(...looked.map(({ id }) => activity.lastOf(id)));
    for (const endpoint of looked) await this.#measure(endpoint, lastActivity);
    const project = store.of.project.get(projectId);
    const active = this.#active(projectId);
    if (project === undefined || active.length === 0) return;
    const quota = quotaOf(project);
    const used = usedThisMonth(projectId, meter);
    if (exceeded(quota, used) !== undefined) return this.#suspend(project, active, engine);
    const units = active.reduce((total, { autoscaling_limit_min_cu }) => total + autoscaling_limit_min_cu, 0);
    const wait = timeLeft(quota, used, active.length, units);
    const limitsBytes = Boolean(
      quota.written_data_bytes || quota.data_transfer_bytes || quota.logical_size_bytes,
    );
    const next = Math.min(wait, limitsBytes ? quotaIntervalMs : Number.POSITIVE_INFINITY);
    if (Number.isFinite(next)) this.#lookSoon(projectId, next);
  }

  async #measure({ id, branch_id, project_id }: Endpoint, lastActivity: number): Promise<void> {
    const { store, computes, meter, activity } = this.#options;
    const seen = await this.#seenIn(branch_id, lastActivity + settledMs);
    if (seen === undefined) return;
    meter.measured(branch_id, seen);
    const project = store.of.project.get(project_id);
    const limit = project && quotaOf(project).logical_size_bytes;
    const tooLarge = limit !== undefined && seen.logicalBytes >= limit;
    // Set anew at every look: a database may have been made since.
    if (!tooLarge && !seen.refusesWrites) return;
    activity.happened(id);
    await computes
      .limitSize(branch_id, tooLarge ? limit : undefined)
      .catch(() => this.#lookSoon(project_id, this.#options.quotaIntervalMs));
  }

  /** What a look has shown: the last one, if it was taken after that time, for nothing has gone on since. */
  async #seenIn(branchId: string, after: number): Promise<Measure | undefined> {
    const last = this.#looks.get(branchId);
    if (last !== undefined && last.at > after) return last.seen;
    const at = Date.now();
    const seen = await this.#options.computes.measure(branchId);
    if (seen === undefined) this.#looks.delete(branchId);
    else this.#looks.set(branchId, { at, seen });
    return seen;
  }

  /** Like any other operation this one needs the project to be at rest. */
  async #suspend(project: Project, active: readonly Endpoint[], engine: Engine): Promise<void> {
    if (engine.isBusy(project.id)) {
      void engine.quiet(project.id).then(() => this.#lookSoon(project.id));
      return;
    }
    engine.begin(
      project.id,
      active.map(({ id, branch_id }) => ({ action: 'suspend_compute', branch_id, endpoint_id: id })),
      active.map((endpoint) => update('endpoint', endpoint, { pending_state: 'idle' })),
    );
  }

  #active(projectId: string): Endpoint[] {
    return this.#options.store.of.endpoint
      .in(projectId)
      .filter(({ current_state }) => current_state === 'active');
  }
}

const usedThisMonth = (projectId: string, meter: Meter) =>
  meter.usedSince(projectId, billingPeriodOf(Date.now()).start);

/** @throws QuotaExceeded when a project may not start a compute. */
export function refuseStart(
  projectId: string,
  { store, meter }: { readonly store: Store; readonly meter: Meter },
): void {
  const project = store.of.project.get(projectId);
  if (project === undefined) return;
  const quota = quotaOf(project);
  if (Object.keys(quota).length === 0) return;
  const name = exceeded(quota, usedThisMonth(projectId, meter));
  if (name !== undefined) throw new QuotaExceeded(name);
}
