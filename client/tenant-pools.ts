import { LRUCache } from 'lru-cache';
import type { Catalog } from '../catalog/catalog.js';
import { SealError } from '../catalog/seal.js';
import type { Tenant, TenantKey } from '../catalog/tenant.js';
import type { PoolSettings } from '../connections/open-pool.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { isConnectable, openConnection } from './connectable.js';
import {
  CatalogNotMigratedError,
  CatalogUnreachableError,
  CredentialRefusedError,
  PoolsClosedError,
  TenantryError,
} from './errors.js';
import { FollowingPool, type TenantPool } from './tenant-pool.js';

export interface PoolOptions {
  /** The most pools with open connections; the one that was used longest ago closes its own for another. @default 100 */
  readonly pools?: number;
  /** The most connections of one tenant's pool. @default 5 */
  readonly connections?: number;
  /** After so many idle milliseconds a connection is closed, so that the compute can sleep. @default 10,000 */
  readonly idleMs?: number;
  /** The longest that getting a connection may take, in milliseconds: a compute that sleeps wakes in it. @default 10,000 */
  readonly connectMs?: number;
  /**
   * The longest that a statement may go unanswered, in milliseconds; then its connection is closed. Without it a request whose
   * network went silent waits for as long as the operating system does, a quarter of an hour on Linux. @default for ever
   */
  readonly queryMs?: number;
  /**
   * How long a tenant's credential is used without a look at the catalog, in milliseconds. A rotation or a move is followed
   * within it, and at once where a connection is refused; keep it below `timings.rotationOverlap`. @default 1,000
   */
  readonly freshForMs?: number;
}

/** How the pools of a process stand: for a gauge of your own. */
export interface PoolsReport {
  /** Tenants whose pool may have connections open. */
  readonly pools: number;
  /** Since when the catalog has not answered, so that pools go on with what they know; absent while it answers. */
  readonly catalogAwaySince?: Date;
}

/** The pools of one process: bounded, and each for the tenant's own limited role. */
export class TenantPools {
  readonly #catalog: Catalog;
  readonly #fleet: string;
  readonly #freshForMs: number;
  readonly #pool: Omit<PoolSettings, 'connectionString' | 'Client'>;
  /** Those that may have connections open. */
  readonly #open: LRUCache<TenantId, FollowingPool>;
  /** All that somebody still holds: one whose place was taken asks for it again when it is used. */
  readonly #held = new Map<TenantId, WeakRef<FollowingPool>>();
  readonly #forgotten = new FinalizationRegistry<TenantId>((id) => {
    if (this.#held.get(id)?.deref() === undefined) this.#held.delete(id);
  });
  #awaySince: Date | undefined;
  #closed = false;

  constructor(catalog: Catalog, fleet: string, options: PoolOptions = {}) {
    const { pools = 100, connections = 5, idleMs = 10_000, connectMs = 10_000, freshForMs = 1_000 } = options;
    this.#catalog = catalog;
    this.#fleet = fleet;
    this.#freshForMs = freshForMs;
    this.#pool = { connections, idleMs, connectMs, queryMs: options.queryMs, allowExitOnIdle: true };
    this.#open = new LRUCache({ max: pools, dispose: (pool) => void pool.close().catch(() => {}) });
  }

  /** The tenant's pool, kept or made. Throws `TenantNotFoundError`, `TenantNotReadyError`, `CatalogUnreachableError`, `SealError`, `PoolsClosedError`. */
  async pool(id: TenantId): Promise<TenantPool> {
    const pool = this.#held.get(id)?.deref() ?? this.#make({ fleet: this.#fleet, id });
    this.#takePlace(id, pool);
    try {
      await pool.ready();
    } catch (error) {
      // A tenant that nobody can connect to takes no place of one that somebody can.
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

  /** The one that was used longest ago loses its own for it. */
  #takePlace(id: TenantId, pool: FollowingPool): void {
    if (this.#closed) throw new PoolsClosedError(id);
    if (this.#open.get(id) !== pool) this.#open.set(id, pool);
  }

  #make(key: TenantKey): FollowingPool {
    const pool = new FollowingPool({
      freshForMs: this.#freshForMs,
      pool: this.#pool,
      present: async () => {
        // The version first: what changes between the two is noticed at the next look.
        const tenant = await this.#catalog.tenants.get(key);
        return {
          version: versionOf(tenant),
          connectionString: await openConnection(this.#catalog, key.id, tenant),
        };
      },
      version: async () => versionOf(await this.#catalog.tenants.get(key)),
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

/** The catalog, or the store of secrets, did not say whether the tenant's credential is still the same. */
function isAway(error: unknown): boolean {
  if (error instanceof CatalogUnreachableError || error instanceof CatalogNotMigratedError) return true;
  return !(error instanceof TenantryError || error instanceof SealError);
}

/** What a connection is made of: a rotation brings another role, a move another project. */
function versionOf(tenant: Tenant | undefined): string {
  if (tenant === undefined || !isConnectable(tenant.state)) return `shut: ${tenant?.state}`;
  return `${tenant.projectId} ${tenant.appRole}`;
}
