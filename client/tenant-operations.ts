import type { Workflow } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import { customerProblem } from '../tenancy/customer.js';
import type { Fleet } from '../tenancy/fleet.js';
import { defaultPlanOf } from '../tenancy/fleet-needs.js';
import { isSettled, type TenantOperation, transitionOf } from '../tenancy/lifecycle.js';
import type { RestorePoint } from '../tenancy/restore-point.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { adoptTenant } from '../workflows/adopt-tenant.js';
import type { branchTenant } from '../workflows/branch-tenant.js';
import type { changePlan } from '../workflows/change-plan.js';
import type { drillRestore } from '../workflows/drill-restore.js';
import type { eraseTenant } from '../workflows/erase-tenant.js';
import type { migrateTenant } from '../workflows/migrate-tenant.js';
import type { moveTenant } from '../workflows/move-tenant.js';
import type { offboardTenant } from '../workflows/offboard-tenant.js';
import type { onboardTenant } from '../workflows/onboard-tenant.js';
import type { rehearseMigrations } from '../workflows/rehearse-migrations.js';
import type { repairTenant } from '../workflows/repair-tenant.js';
import type { restoreTenant } from '../workflows/restore-tenant.js';
import type { resumeTenant } from '../workflows/resume-tenant.js';
import type { rotateCredentials } from '../workflows/rotate-credentials.js';
import type { snapshotTenant } from '../workflows/snapshot-tenant.js';
import type { suspendTenant } from '../workflows/suspend-tenant.js';
import type { undoMove } from '../workflows/undo-move.js';
import { RequestUnfitError, TenantStateError, UnknownPlanError } from './errors.js';
import { knownTenant, parseTenantId } from './known-tenant.js';
import type { OperationHandle } from './operation-handle.js';
import type { OperationStarter } from './operation-starter.js';
import { namingTemporal } from './reach-temporal.js';
import { refuseOnboarding } from './refuse-onboarding.js';
import { undoOffboarding } from './undo-offboarding.js';

export interface OnboardInput<PlanName extends string = string> {
  /** Any printable string of 1 to 128 characters; compared exactly, so `C2` and `c2` are two tenants. */
  readonly id: string;
  /** A plan of the fleet. @default the fleet's default plan, or its only one */
  readonly plan?: PlanName;
  /**
   * The customer of yours that the tenant belongs to, if one may have many tenants: 1 to 128 printable characters.
   * Where operations wait for their turn, customers take turns, so one with hundreds of them does not delay the
   * others. @default none; tenants without a customer share one turn
   */
  readonly customer?: string;
  /** Whether the id may be that of an erased tenant. @default false */
  readonly reuseErased?: boolean;
}

export interface AdoptOptions<PlanName extends string = string> {
  /** Neon's id of the project. */
  readonly projectId: string;
  /** A plan of the fleet with the project's region and Postgres version. @default as for `onboard` */
  readonly plan?: PlanName;
  /** @default the only database of its default branch */
  readonly database?: string;
  /** The role that owns the database. @default its current owner */
  readonly owner?: string;
  /** Whether to apply the fleet's migrations that the database's own ledger lacks. @default false */
  readonly migrate?: boolean;
  /** Whether the id may be that of an erased tenant. @default false */
  readonly reuseErased?: boolean;
}

/** The result of a workflow. */
type Answer<W extends Workflow> = Awaited<ReturnType<W>>;

/**
 * Every operation on a tenant. A method returns a handle once the run is durably accepted; when it is called again
 * while that run is under way, it joins the run. All throw `InvalidTenantIdError`, `RequestUnfitError`,
 * `TenantBusyError`, `TemporalUnreachableError`; those on an existing tenant also `TenantNotFoundError`, and
 * `TenantStateError` in a state that does not allow them.
 */
export class TenantOperations<PlanName extends string = string> {
  readonly #fleet: Fleet;
  readonly #catalog: Catalog;
  readonly #starter: OperationStarter;

  constructor(fleet: Fleet<PlanName>, catalog: Catalog, starter: OperationStarter) {
    this.#fleet = fleet;
    this.#catalog = catalog;
    this.#starter = starter;
  }

  /**
   * Creates a tenant. Called again after a success, it returns that run; after a failed onboarding, it starts a new
   * one. Throws `UnknownPlanError`; `TenantStateError` for a tenant that is suspended, offboarded or ready on another
   * plan, and for an erased id without `reuseErased`.
   */
  async onboard(input: OnboardInput<PlanName>): Promise<OperationHandle<Answer<typeof onboardTenant>>> {
    const id = parseTenantId(input.id);
    const plan = this.#planFor(id, input.plan);
    const { reuseErased = false, customer } = input;
    const problem = customer === undefined ? undefined : customerProblem(customer);
    if (problem !== undefined) throw new RequestUnfitError(problem, id);
    const key = { fleet: this.#fleet.name, id };
    await refuseOnboarding(this.#catalog, key, { operation: 'onboard', plan, reuseErased });
    return this.#starter.start<Answer<typeof onboardTenant>>({
      operation: 'onboard',
      id,
      plan,
      stage: 'onboarding',
      customer,
      request: {
        plan,
        ...(customer === undefined ? {} : { customer }),
        ...(reuseErased ? { reuseErased } : {}),
      },
      isDone: () => this.#isOnboarded(id),
    });
  }

  /** Blocks all connections to the tenant's database and suspends its compute, until `resume`. */
  suspend(id: string): Promise<OperationHandle<Answer<typeof suspendTenant>>> {
    return this.#operate<typeof suspendTenant>('suspend', id, {});
  }

  /** Allows connections again, with exactly the quota of the tenant's plan. */
  resume(id: string): Promise<OperationHandle<Answer<typeof resumeTenant>>> {
    return this.#operate<typeof resumeTenant>('resume', id, {});
  }

  /**
   * Restores a ready or suspended tenant to what the catalog says, after an operation stopped in the middle or
   * somebody changed it by hand, at Neon or in its database. The result has a sentence for each repair; failed
   * repairs are in the operation's error, and in the tenant's `attention`.
   */
  repair(id: string): Promise<OperationHandle<Answer<typeof repairTenant>>> {
    return this.#operate<typeof repairTenant>('repair', id, {});
  }

  /**
   * Gives the tenant's application a new login and password. The old ones keep working for `timings.rotationOverlap`
   * (5 min by default): a caller that requests the connection string again within that time notices nothing. `owner`
   * also resets the owner's password first, which drops open connections once. `now` is for a leaked credential:
   * there is no overlap, and after a success the old credential no longer works. A cancellation after the new login
   * is published ends the overlap, and the rotation succeeds.
   */
  rotateCredentials(
    id: string,
    { owner = false, now = false }: { readonly owner?: boolean; readonly now?: boolean } = {},
  ): Promise<OperationHandle<Answer<typeof rotateCredentials>>> {
    return this.#operate<typeof rotateCredentials>('rotateCredentials', id, {
      owner,
      ...(now ? { now } : {}),
    });
  }

  /**
   * Moves the tenant to another plan of the fleet, and verifies at Neon that all of it is in force. With the tenant's
   * current plan it repairs drift. Fails with `RequestUnfit` for a plan that is too small for the data, or has
   * another region or Postgres version. Throws `UnknownPlanError`.
   */
  async changePlan(
    id: string,
    { plan }: { readonly plan: PlanName },
  ): Promise<OperationHandle<Answer<typeof changePlan>>> {
    const request = { plan: this.#planFor(parseTenantId(id), plan), apply: true };
    return this.#operate<typeof changePlan>('changePlan', id, request);
  }

  /**
   * Returns what `changePlan` would change at Neon. It is read-only: the tenant stays in its state. It fails, and
   * throws, like `changePlan`.
   */
  async previewPlanChange(
    id: string,
    { plan }: { readonly plan: PlanName },
  ): Promise<OperationHandle<Answer<typeof changePlan>>> {
    const request = { plan: this.#planFor(parseTenantId(id), plan), apply: false };
    return this.#operate<typeof changePlan>('changePlan', id, request, 'as-it-is');
  }

  /**
   * Applies the fleet's migrations that the tenant's database does not have, up to `to` (a file's name without
   * `.sql`, by default the newest that the workers have). It wakes the database; with `unlessAsleep` it leaves a
   * tenant alone whose compute sleeps, and the result says so. When a file fails, the files before it stay applied,
   * and the catalog says which.
   */
  migrate(
    id: string,
    { to, unlessAsleep }: { readonly to?: string; readonly unlessAsleep?: boolean } = {},
  ): Promise<OperationHandle<Answer<typeof migrateTenant>>> {
    const request = definedOnly({ to, unlessAsleep: unlessAsleep || undefined });
    return this.#operate<typeof migrateTenant>('migrate', id, request);
  }

  /**
   * Makes an existing Neon project a tenant: a limited role is created in it, and every other role loses its right to
   * connect. No failure ever deletes the project. The plan's quota and compute bounds are not applied: `changePlan`
   * does that. Throws `UnknownPlanError`, `TenantStateError`.
   */
  adopt(id: string, input: AdoptOptions<PlanName>): Promise<OperationHandle<Answer<typeof adoptTenant>>> {
    return this.#adopt(id, input, {});
  }

  /** Returns what `adopt` would change, and changes nothing; it wakes the project's compute. Throws as `adopt` does. */
  previewAdoption(
    id: string,
    input: AdoptOptions<PlanName>,
  ): Promise<OperationHandle<Answer<typeof adoptTenant>>> {
    return this.#adopt(id, input, { preview: true });
  }

  /**
   * Blocks all connections at once, and deletes the tenant's project after `graceMs` (milliseconds, by default
   * `timings.offboardingGrace`). Until then `undoOffboarding` brings it back; 0 leaves no time for that. `export`
   * leaves a dump of its database in the workers' folder for exports. If a run failed during the deletion, the next
   * one resumes it.
   */
  offboard(
    id: string,
    options: { readonly export?: boolean; readonly graceMs?: number } = {},
  ): Promise<OperationHandle<Answer<typeof offboardTenant>>> {
    const request = definedOnly({ export: options.export || undefined, graceMs: options.graceMs });
    return this.#operate<typeof offboardTenant>('offboard', id, request);
  }

  /**
   * Undoes an offboarding during its grace period, from any process; the handle resolves once the tenant is in its
   * earlier state. Throws `NotOffboardingError`, `TooLateToUndoError`.
   */
  async undoOffboarding(rawId: string): Promise<OperationHandle<Answer<typeof offboardTenant>>> {
    const id = parseTenantId(rawId);
    return namingTemporal(this.#starter.temporal, () => undoOffboarding(this.#starter, id), id);
  }

  /**
   * Forgets an offboarded or failed tenant for good: its row, its secrets, its history. A tombstone stays, which
   * prevents accidental reuse of the id. Neon can still recover its project for 7 days after the deletion.
   */
  erase(id: string): Promise<OperationHandle<Answer<typeof eraseTenant>>> {
    return this.#operate<typeof eraseTenant>('erase', id, {});
  }

  /**
   * Takes a snapshot of the tenant's database. `name`: lower-case letters, digits and hyphens, by default derived
   * from the run. `ttlMs`: how long it is kept, by default until it is deleted. `label`: the application's own, such
   * as its running commit. The snapshot is recorded with the tenant's present plan, newest migration and role.
   */
  snapshot(
    id: string,
    { name, ttlMs, label }: { readonly name?: string; readonly ttlMs?: number; readonly label?: string } = {},
  ): Promise<OperationHandle<Answer<typeof snapshotTenant>>> {
    const request = definedOnly({ name, ttlMs, label });
    return this.#operate<typeof snapshotTenant>('snapshot', id, request);
  }

  /**
   * Tests whether a snapshot can be restored, by default the newest one: restores it to a branch, checks its contents
   * and deletes the branch. The result, which is recorded, has the findings, the age of the snapshot and the
   * duration; for a broken snapshot, its `problem` says why. There is no connection to the live database.
   */
  drill(
    id: string,
    { snapshot }: { readonly snapshot?: string } = {},
  ): Promise<OperationHandle<Answer<typeof drillRestore>>> {
    return this.#operate<typeof drillRestore>('drill', id, definedOnly({ snapshot }));
  }

  /**
   * Restores the tenant's database to a snapshot, a time (ISO 8601, within the plan's history), or a kept state. The
   * connection string keeps working; open connections end. Neon keeps the database's state before the restore. The
   * result names that state, and a restore to it is the undo.
   */
  restore(
    id: string,
    { to }: { readonly to: RestorePoint },
  ): Promise<OperationHandle<Answer<typeof restoreTenant>>> {
    return this.#operate<typeof restoreTenant>('restore', id, { to: { ...to } });
  }

  /**
   * Creates a branch of the tenant's database, for support or a preview, with its own login. It is deleted after
   * `ttlMs`, by default `timings.branchTtl`. `name`: lower-case letters, digits and hyphens.
   */
  branch(
    id: string,
    { name, ttlMs }: { readonly name: string; readonly ttlMs?: number },
  ): Promise<OperationHandle<Answer<typeof branchTenant>>> {
    const request = definedOnly({ name, ttlMs });
    return this.#operate<typeof branchTenant>('branch', id, request);
  }

  /**
   * Applies the migrations that the tenant lacks to a branch of its database, up to `to` (a file's name without
   * `.sql`, by default the newest that the worker has), resets the branch and applies them again. For each file, the
   * result has its duration, the locks that it held on existing tables, and the tables that it rewrote. A file that
   * Postgres refuses is the result's `problem`. The branch is deleted in every case; there is no connection to the
   * live database.
   */
  rehearse(
    id: string,
    { to }: { readonly to?: string } = {},
  ): Promise<OperationHandle<Answer<typeof rehearseMigrations>>> {
    return this.#operate<typeof rehearseMigrations>('rehearse', id, definedOnly({ to }));
  }

  /**
   * Moves the tenant's database to a new project, in another region (Neon's id, by default that of its plan) and with
   * the plan's current settings. Only the host of its connection string changes. The tenant cannot write while the
   * database is copied. The old project is kept, closed, for `timings.moveGrace`. If that project has roles that you
   * created, the move is refused and names them, except those in `leaveBehind`, which the new project will lack.
   */
  move(
    id: string,
    { region, leaveBehind }: { readonly region?: string; readonly leaveBehind?: readonly string[] } = {},
  ): Promise<OperationHandle<Answer<typeof moveTenant>>> {
    const request = definedOnly({ region, leaveBehind });
    return this.#operate<typeof moveTenant>('move', id, request);
  }

  /**
   * Moves the tenant back to the project that it last left, with the state of that time. Writes since the move stay
   * in the newer project, which is now kept for `timings.moveGrace`, and are not carried back.
   */
  undoMove(id: string): Promise<OperationHandle<Answer<typeof undoMove>>> {
    return this.#operate<typeof undoMove>('undoMove', id, {});
  }

  /** Whether the catalog has the tenant, in a state in which no onboarding can begin. */
  async #isOnboarded(id: TenantId): Promise<boolean> {
    const tenant = await this.#catalog.tenants.get({ fleet: this.#fleet.name, id });
    return tenant !== undefined && !transitionOf('onboard').from.includes(tenant.state);
  }

  /** Starts an operation on an existing tenant. The check here is an optimization: the run makes the authoritative decision. */
  async #operate<W extends Workflow>(
    operation: TenantOperation,
    rawId: string,
    request: Readonly<Record<string, unknown>>,
    stage: 'during' | 'as-it-is' = 'during',
  ): Promise<OperationHandle<Answer<W>>> {
    const id = parseTenantId(rawId);
    const tenant = await knownTenant(this.#catalog, this.#fleet, id);
    const { from, during, succeeded, repeatable } = transitionOf(operation);
    const nothingToDo = repeatable && tenant.state === succeeded;
    // In a transitional state another run is open; the attempt to start a second one names it.
    if (isSettled(tenant.state) && !nothingToDo && !from.includes(tenant.state))
      throw new TenantStateError(id, operation, tenant.state);
    const { plan, customer } = tenant;
    return this.#starter.start<Answer<W>>({
      operation,
      id,
      plan,
      stage: stage === 'during' ? during : tenant.state,
      customer,
      request,
    });
  }

  async #adopt(
    rawId: string,
    { projectId, plan: asked, database, owner, migrate, reuseErased }: AdoptOptions<PlanName>,
    also: { readonly preview?: true },
  ): Promise<OperationHandle<Answer<typeof adoptTenant>>> {
    const id = parseTenantId(rawId);
    const plan = this.#planFor(id, asked);
    const key = { fleet: this.#fleet.name, id };
    await refuseOnboarding(this.#catalog, key, {
      operation: 'adopt',
      plan,
      reuseErased: reuseErased ?? false,
    });
    const yes = (flag: boolean | undefined) => flag || undefined;
    const flags = { migrate: yes(migrate), reuseErased: yes(reuseErased), ...also };
    return this.#starter.start<Answer<typeof adoptTenant>>({
      operation: 'adopt',
      id,
      plan,
      stage: also.preview ? 'none' : 'adopting',
      request: definedOnly({ projectId, plan, database, owner, ...flags }),
    });
  }

  #planFor(id: TenantId, asked: string | undefined): string {
    const plan = asked ?? defaultPlanOf(this.#fleet);
    const names = Object.keys(this.#fleet.plans).join(', ');
    if (plan === undefined)
      throw new UnknownPlanError(`say which plan: the fleet has ${names}, and no default`, id);
    if (Object.hasOwn(this.#fleet.plans, plan)) return plan;
    throw new UnknownPlanError(`the fleet has no plan "${plan}": it has ${names}`, id);
  }
}

/** Requests are compared, so options that were not given are left out. */
function definedOnly(asked: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}
