import type { Client } from '@temporalio/client';
import type { KnownBuild } from '../catalog/builds.js';
import type { Catalog } from '../catalog/catalog.js';
import type { HistoryEntry } from '../catalog/history.js';
import type { ResealOptions } from '../catalog/reseal.js';
import type { Resource } from '../catalog/resources.js';
import type { Tenant } from '../catalog/tenant.js';
import type { Fleet } from '../tenancy/fleet.js';
import { defaultTaskQueue } from '../tenancy/naming.js';
import { isStorable } from '../tenancy/storable.js';
import type { AnyOperation } from './any-operation.js';
import type { Attention } from './attention-kinds.js';
import { attentionList } from './attention-list.js';
import { openConnection } from './connectable.js';
import {
  BranchNotFoundError,
  BuildNotFoundError,
  NoOperationError,
  SnapshotNotFoundError,
} from './errors.js';
import { FleetEvents } from './events/fleet-events.js';
import { type Executed, executed } from './executed.js';
import { type GivenUpStep, giveUp } from './give-up.js';
import {
  type KeptState,
  keptStates,
  type TenantBranch,
  type TenantDrill,
  type TenantSnapshot,
  tenantBranch,
  tenantSnapshots,
} from './kept-resources.js';
import { knownTenant, parseTenantId } from './known-tenant.js';
import { OperationStarter } from './operation-starter.js';
import { acceptedTenant, type OperationStatus, operationStatus } from './operation-status.js';
import { ProgressFeed } from './progress-feed.js';
import { reachCatalog } from './reach-catalog.js';
import { namingTemporal } from './reach-temporal.js';
import { FleetReconcile } from './reconcile/fleet-reconcile.js';
import { removeBranch } from './remove-branch.js';
import { removeSnapshot } from './remove-snapshot.js';
import { requireCodec } from './require-codec.js';
import { type ResealedSecrets, resealSecrets } from './reseal-secrets.js';
import { FleetRollouts } from './rollouts/fleet-rollouts.js';
import { runVisibility } from './run-visibility.js';
import { SleeperMigration } from './sleeper-migration.js';
import { type ListOptions, TenantLists, type TenantPage, type TenantQuery } from './tenant-lists.js';
import { TenantOperations } from './tenant-operations.js';
import type { TenantPool } from './tenant-pool.js';
import { type PoolNeeds, type PoolOptions, type PoolsReport, TenantPools } from './tenant-pools.js';
import { type TenantRecord, tenantRecord } from './tenant-record.js';

export interface TenantryClientOptions<PlanName extends string = string> {
  readonly fleet: Fleet<PlanName>;
  readonly temporal: Client;
  readonly catalog: Catalog;
  /** The workers' queue. @default the queue named after the fleet */
  readonly taskQueue?: string | undefined;
  readonly pools?: PoolOptions;
}

/**
 * The client for backend code. It starts operations and reads; workers do the work. Every method that needs the catalog throws
 * `CatalogUnreachableError` and `CatalogNotMigratedError`.
 */
export class TenantryClient<PlanName extends string = string> {
  /** Operations that resolve to a handle on the run, once that is durably accepted: `await tenantry.start.onboard({ id })`. */
  readonly start: TenantOperations<PlanName>;
  /** The same operations, awaited: they resolve once the work is done, and throw as the handle's `result()` does. */
  readonly execute: Executed<TenantOperations<PlanName>>;
  /** Rollouts: work on many tenants at once. */
  readonly fleet: FleetRollouts<PlanName>;
  /** Differences between the catalog, Neon, Temporal and the tenants' databases. */
  readonly reconcile: FleetReconcile;
  /** The fleet's events and their endpoints. */
  readonly events: FleetEvents;
  readonly #fleet: Fleet;
  readonly #catalog: Catalog;
  readonly #operations: OperationStarter;
  readonly #lists: TenantLists;
  readonly #pools: TenantPools;

  constructor({
    fleet,
    temporal,
    catalog: given,
    taskQueue = defaultTaskQueue(fleet.name),
    pools,
  }: TenantryClientOptions<PlanName>) {
    requireCodec(fleet, temporal);
    const catalog = reachCatalog(given, fleet.secrets !== undefined);
    this.#fleet = fleet;
    this.#catalog = catalog;
    const feed = new ProgressFeed(catalog, fleet.name, taskQueue);
    this.#operations = new OperationStarter(
      fleet,
      temporal,
      taskQueue,
      feed,
      runVisibility(fleet, () => catalog.installation()),
    );
    this.start = new TenantOperations(fleet, catalog, this.#operations);
    this.execute = executed(this.start);
    this.fleet = new FleetRollouts({ fleet, temporal, taskQueue, catalog });
    this.reconcile = new FleetReconcile({ fleet, temporal, taskQueue, catalog });
    this.events = new FleetEvents(catalog, fleet.name);
    this.#lists = new TenantLists(catalog.tenants, fleet);
    const wakers = new SleeperMigration(catalog, (id, to) => this.execute.migrate(id, { to }));
    this.#pools = new TenantPools(catalog, fleet.name, wakers, pools);
  }

  /**
   * A handle on the tenant's operation that is under way, or else on the last one that ended, in any process;
   * `undefined` when Temporal no longer keeps any. `operation` names it, and determines the type of `result()`.
   */
  lastOperation(id: string): Promise<AnyOperation | undefined> {
    return this.#operations.latest(parseTenantId(id));
  }

  /**
   * A handle on the tenant's operation that is under way, no matter which process started it. Throws
   * `NoOperationError`.
   */
  async operationUnderWay(id: string): Promise<AnyOperation> {
    const handle = await this.#operations.underWay(parseTenantId(id));
    if (handle === undefined) throw new NoOperationError(id);
    return handle;
  }

  /**
   * Gives up the current step of the tenant's operation, if nothing else would end it: the step fails with `GivenUp`,
   * and the operation is undone; a step of the undo is skipped. The operation's error and the tenant's `attention`
   * name what is left behind. `step`: only if the operation is at this step, so that calling it twice gives up one
   * step. Throws `NothingToGiveUpError`.
   */
  async giveUp(rawId: string, { step }: { readonly step?: string } = {}): Promise<GivenUpStep> {
    const id = parseTenantId(rawId);
    const asked = step === undefined ? {} : { step };
    return namingTemporal(this.#operations.temporal, () => giveUp(this.#operations, id, asked), id);
  }

  /** Everything that the catalog knows about a tenant, without secrets, as JSON. Throws `TenantNotFoundError`. */
  async exportRecord(id: string): Promise<TenantRecord> {
    return tenantRecord(this.#catalog, await this.#known(id));
  }

  /** The results of drills, the newest first: of the whole fleet, or of one tenant. `limit` is 100 by default. */
  async drills({
    tenant,
    limit = 100,
  }: {
    readonly tenant?: string;
    readonly limit?: number;
  } = {}): Promise<TenantDrill[]> {
    const tenantId = tenant === undefined ? undefined : parseTenantId(tenant);
    const drills = await this.#catalog.drills.list(this.#fleet.name, { limit, tenantId });
    return drills.map(({ tenantId, ...drill }) => ({ tenant: tenantId, ...drill }));
  }

  /** The tenant's snapshots, the oldest first. Throws `TenantNotFoundError`. */
  async snapshots(id: string): Promise<TenantSnapshot[]> {
    const tenant = await this.#known(id);
    return tenantSnapshots(await this.#catalog.resources.list(tenant, 'snapshot'));
  }

  /** The database's states before each restore, the oldest first. Throws `TenantNotFoundError`. */
  async keptStates(id: string): Promise<KeptState[]> {
    const tenant = await this.#known(id);
    return keptStates(await this.#catalog.resources.list(tenant, 'kept-state'));
  }

  /** The tenant's copies, the oldest first. Throws `TenantNotFoundError`. */
  async branches(id: string): Promise<TenantBranch[]> {
    const tenant = await this.#known(id);
    return (await this.#catalog.resources.list(tenant, 'branch')).map(tenantBranch);
  }

  /**
   * The connection string of a copy's own login. It is a secret. Throws `TenantNotFoundError`, `BranchNotFoundError`;
   * `SealError` when the configured seal keys do not open it.
   */
  async branchConnectionString(id: string, name: string): Promise<string> {
    const tenant = await this.#known(id);
    await this.#knownBranch(tenant, name);
    const secret = await this.#catalog.secrets.open(tenant, `branch:${name}`);
    if (secret === undefined) throw new BranchNotFoundError(id, name);
    return secret;
  }

  /**
   * Has a worker delete a copy before it expires, and waits until Neon no longer has it.
   * Throws `TenantNotFoundError`, `BranchNotFoundError`, `OperationFailedError`.
   */
  async removeBranch(id: string, name: string): Promise<void> {
    const tenant = await this.#known(id);
    await removeBranch(this.#operations, tenant.id, await this.#knownBranch(tenant, name));
  }

  /**
   * Has a worker delete a snapshot, beside any other operation of the tenant, and waits until Neon no longer has it.
   * Throws `TenantNotFoundError`, `SnapshotNotFoundError`, `OperationFailedError`.
   */
  async removeSnapshot(id: string, name: string): Promise<void> {
    const tenant = await this.#known(id);
    await removeSnapshot(this.#operations, tenant.id, await this.#knownSnapshot(tenant, name));
  }

  /**
   * The catalog's data about a tenant. If its onboarding was accepted but has not begun, only its id, plan and state;
   * `undefined` when there is no such tenant. Throws `TemporalUnreachableError` only for a tenant that the catalog
   * does not have.
   */
  async get(rawId: string): Promise<Tenant | undefined> {
    const id = parseTenantId(rawId);
    const tenant = await this.#catalog.tenants.get({ fleet: this.#fleet.name, id });
    return tenant ?? acceptedTenant(this.#operations, id);
  }

  /** Everything in the fleet that does not resolve itself, each with the command that ends it: at most 1,000. */
  attention(): Promise<Attention[]> {
    return attentionList(this.#catalog, this.#operations);
  }

  /**
   * The progress of the tenant's current operation, and why it waits if it does. Throws `TemporalUnreachableError`
   * when the catalog has no operation under way, and only Temporal could say whether one was accepted.
   */
  operationStatus(id: string): Promise<OperationStatus | undefined> {
    return operationStatus(this.#catalog, this.#operations, parseTenantId(id));
  }

  /** A page of the fleet's tenants. Tenants that are added or removed meanwhile do not shift the others between pages. Throws `RequestUnfitError`, `UnknownPlanError`. */
  list(options: ListOptions = {}): Promise<TenantPage> {
    return this.#lists.page(options);
  }

  /**
   * Iterates over the fleet's tenants, page by page: a million take no more memory than one page. Ordered by
   * `updatedAt`, a tenant that changes during the iteration may appear twice, or not at all. Throws
   * `RequestUnfitError`.
   */
  tenants(query: TenantQuery = {}): AsyncIterable<Tenant> {
    return this.#lists.all(query);
  }

  /** The number of matching tenants; with `after`, only of those that follow it. Throws `RequestUnfitError`. */
  count(options: Omit<ListOptions, 'limit'> = {}): Promise<number> {
    return this.#lists.count(options);
  }

  /** The tenant's history, the oldest entry first. It outlives the tenant and Temporal's own retention. */
  history(id: string): Promise<HistoryEntry[]> {
    return this.#catalog.history.of({ fleet: this.#fleet.name, id: parseTenantId(id) });
  }

  /**
   * The connection string of the tenant's own limited role, opened in this process. It is a secret. Throws
   * `TenantNotFoundError`, `TenantNotReadyError`; `SealError` when the configured seal keys do not open it.
   */
  async connectionString(id: string): Promise<string> {
    return openConnection(this.#catalog, id, await this.get(id));
  }

  /**
   * Reseals every secret of the fleet that is not sealed with the first key of `TENANTRY_SEAL_KEY`, and reports which
   * older keys can be removed. It runs in this process, not in a worker, and can run beside any operation. After an
   * interruption, another call resumes it. Resolves to `undefined` for a fleet with its own secret store: there is
   * nothing to do.
   */
  resealSecrets(options: ResealOptions = {}): Promise<ResealedSecrets | undefined> {
    return resealSecrets(this.#catalog, this.#fleet, options);
  }

  /**
   * A pool of connections as the tenant's own limited role, cached for later requests. It follows rotations and
   * moves. `schema.atLeast`: the migration that the caller's statements need; a tenant without it is refused now,
   * rather than failing in the middle of a statement. A tenant that a rollout of migrations has left asleep is
   * migrated first. Throws `TenantNotFoundError`; `TenantNotReadyError` for a tenant that is not ready yet, suspended
   * or gone; `TenantSchemaBehindError`, `SealError`.
   */
  pool(id: string, needs: PoolNeeds = {}): Promise<TenantPool> {
    return this.#pools.pool(parseTenantId(id), needs);
  }

  /** The builds of the application that have registered, the one with the oldest schema first: at most 1,000. */
  builds(): Promise<KnownBuild[]> {
    return this.#catalog.builds.list(this.#fleet.name, this.#fleet.timings.buildSilence);
  }

  /**
   * Forgets a build that no longer runs, so that it holds back no contract. If one of its processes is still running,
   * that process registers the build again within a minute. Throws `BuildNotFoundError`.
   */
  async forgetBuild(id: string): Promise<void> {
    const known = isStorable(id) && (await this.#catalog.builds.forget(this.#fleet.name, id));
    if (!known) throw new BuildNotFoundError(id);
  }

  /** The state of the pools, and whether the catalog is out of reach, for a gauge of your own. Sends no request. */
  poolsReport(): PoolsReport {
    return this.#pools.report();
  }

  /** Closes the pools. Connections that were passed to the constructor stay open. */
  close(): Promise<void> {
    return this.#pools.close();
  }

  #known(id: string): Promise<Tenant> {
    return knownTenant(this.#catalog, this.#fleet, parseTenantId(id));
  }

  async #knownBranch(tenant: Tenant, name: string): Promise<Resource> {
    const branch = await this.#knownResource(tenant, 'branch', name);
    if (branch === undefined) throw new BranchNotFoundError(tenant.id, name);
    return branch;
  }

  async #knownSnapshot(tenant: Tenant, name: string): Promise<Resource> {
    const snapshot = await this.#knownResource(tenant, 'snapshot', name);
    if (snapshot === undefined) throw new SnapshotNotFoundError(tenant.id, name);
    return snapshot;
  }

  async #knownResource(tenant: Tenant, kind: Resource['kind'], name: string): Promise<Resource | undefined> {
    // Postgres refuses a name that it cannot store, and nothing can have such a name.
    return isStorable(name) ? this.#catalog.resources.get(tenant, kind, name) : undefined;
  }
}
