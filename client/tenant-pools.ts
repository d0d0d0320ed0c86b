import { LRUCache } from 'lru-cache';
import type { Catalog } from '../catalog/catalog.js';
import { SealError } from '../catalog/seal.js';
import type { Tenant, TenantKey } from '../catalog/tenant.js';
import type { PoolSettings } from '../connections/open-pool.js';
import { numberOf } from '../tenancy/migration-files.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { isConnectable, openConnection } from './connectable.js';
import {
  CatalogNotMigratedError,
  CatalogUnreachableError,
  CredentialRefusedError,
  PoolsClosedError,
  RequestUnfitError,
  TenantryError,
  TenantSchemaBehindError,
} from './errors.js';
import type { SleeperMigration } from './sleeper-migration.js';
import { FollowingPool, type TenantPool } from './tenant-pool.js';

export interface PoolOptions {
  /** The most pools with open connections; the least recently used one closes its own for another. @default 100 */
  readonly pools?: number;
  /** The most connections of one tenant's pool. @default 5 */
  readonly connections?: number;
  /**
   * The idle time after which a connection is closed, in milliseconds, so that the compute can sleep. @default 10,000
   */
  readonly idleMs?: number;
  /**
   * The longest time for getting a connection, in milliseconds, including the wake-up of a sleeping compute. @default
   * 10,000
   */
  readonly connectMs?: number;
  /**
   * The longest time for a statement's result, in milliseconds; then its connection is closed. Without it, a request
   * on a silent network waits as long as the operating system does, a quarter of an hour on Linux. @default no limit
   */
  readonly queryMs?: number;
  /**
   * How long a tenant's credential is used without asking the catalog, in milliseconds. A rotation or a move takes
   * effect within this time, and at once when a connection is refused; keep it below `timings.rotationOverlap`.
   * @default 1,000
   */
  readonly freshForMs?: number;
}

/** A caller's requirements for a tenant's database. */
export interface PoolNeeds {
  /** The number or the name of a migration that the database must have, such as `0012`. */
  readonly schema?: { readonly atLeast: string };
}

/** The state of a process's pools, for a gauge of your own. */
export interface PoolsReport {
  /** The number of tenants whose pool may have open connections. */
  readonly pools: number;
  /** Since when the catalog has not responded, while pools keep using their credentials; absent while it responds. */
  readonly catalogAwaySince?: Date;
}

/** The pools of one process: bounded, and each for the tenant's own limited role. */
export class TenantPools {
  readonly #catalog: Catalog;
  readonly #wakers: SleeperMigration;
  readonly #fleet: string;
  readonly #freshForMs: number;
  readonly #pool: Omit<PoolSettings, 'connectionString' | 'Client'>;
  /** The pools that may have open connections. */
  readonly #open: LRUCache<TenantId, FollowingPool>;
  /** All pools that a caller still holds: one that has lost its place requests it again when it is used. */
  readonly #held = new Map<TenantId, WeakRef<FollowingPool>>();
  readonly #forgotten = new FinalizationRegistry<TenantId>((id) => {
    if (this.#held.get(id)?.deref() === undefined) this.#held.delete(id);
  });
  #awaySince: Date | undefined;
  #closed = false;

  constructor(catalog: Catalog, fleet: string, wakers: SleeperMigration, options: PoolOptions = {}) {
    const { pools = 100, connections = 5, idleMs = 10_000, connectMs = 10_000, freshForMs = 1_000 } = options;
    this.#catalog = catalog;
    this.#wakers = wakers;
    this.#fleet = fleet;
    this.#freshForMs = freshForMs;
    this.#pool = { connections, idleMs, connectMs, queryMs: options.queryMs, allowExitOnIdle: true };
    this.#open = new LRUCache({ max: pools, dispose: (pool) => void pool.close().catch(() => {}) });
  }

  /** The tenant's pool, cached or new. Throws `TenantNotFoundError`, `TenantNotReadyError`, `TenantSchemaBehindError`, `CatalogUnreachableError`, `SealError`, `PoolsClosedError`. */
  async pool(id: TenantId, { schema }: PoolNeeds = {}): Promise<TenantPool> {
    const pool = this.#held.get(id)?.deref() ?? this.#make({ fleet: this.#fleet, id });
    this.#takePlace(id, pool);
    try {
      await pool.ready();
      if (schema !== undefined) await requireSchema(id, pool, schema.atLeast);
    } catch (error) {
      // A tenant that nobody can connect to must not take another one's place.
      if (this.#open.peek(id) === pool) this.#open.delete(id);
      throw error;
    }
    return pool;
  }

  report(): PoolsReport {
    const since = this.#awaySince;
    return { pools: this.#open.size, ...(since === undefined ? {} : { catalogAwaySince: since }) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map((pool) => pool.close()));
  }

  /** Takes the place of the least recently used pool. */
  #takePlace(id: TenantId, pool: FollowingPool): void {
    if (this.#closed) throw new PoolsClosedError(id);
    if (this.#open.get(id) !== pool) this.#open.set(id, pool);
  }

  #make(key: TenantKey): FollowingPool {
    const pool = new FollowingPool({
      freshForMs: this.#freshForMs,
      pool: this.#pool,
      present: async () => {
        const tenant = await this.#catalog.tenants.get(key);
        return {
          version: versionOf(tenant),
          connectionString: await openConnection(this.#catalog, key.id, tenant),
        };
      },
      look: async () => {
        await this.#wakers.migrate(key);
        const tenant = await this.#catalog.tenants.get(key);
        return { version: versionOf(tenant), schemaVersion: tenant?.schemaVersion };
      },
      refused: () => new CredentialRefusedError(key.id),
      isAway,
      looked: (answer) => {
        this.#awaySince = answer === 'came' ? undefined : (this.#awaySince ?? new Date());
      },
      takePlace: () => this.#takePlace(key.id, pool),
    });
    this.#held.set(key.id, new WeakRef(pool));
    this.#forgotten.register(pool, key.id);
    return pool;
  }
}

/** The catalog or the secret store could not say whether the tenant's credential is still current. */
function isAway(error: unknown): boolean {
  if (error instanceof CatalogUnreachableError || error instanceof CatalogNotMigratedError) return true;
  return !(error instanceof TenantryError || error instanceof SealError);
}

async function requireSchema(id: TenantId, pool: FollowingPool, atLeast: string): Promise<void> {
  if (!/^\d/.test(atLeast))
    throw new RequestUnfitError(`"${atLeast}" is no migration: it begins with its number, such as 0012`, id);
  const isEnough = (newest: string | undefined) =>
    newest !== undefined && numberOf(newest) >= numberOf(atLeast);
  const newest = await pool.schemaVersion(isEnough);
  if (!isEnough(newest)) throw new TenantSchemaBehindError(id, newest, atLeast);
}

/** What identifies a connection's target: a rotation changes the role, a move the project. */
function versionOf(tenant: Tenant | undefined): string {
  if (tenant === undefined || !isConnectable(tenant.state)) return `shut: ${tenant?.state}`;
  return `${tenant.projectId} ${tenant.appRole}`;
}
