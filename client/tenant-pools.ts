import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { Catalog } from '../catalog/catalog.js';
import type { Tenant, TenantKey } from '../catalog/tenant.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { isConnectable, openConnection } from './connectable.js';
import { CredentialRefusedError } from './errors.js';
import { FollowingPool, type TenantPool } from './tenant-pool.js';

export interface PoolOptions {
  /** The most pools that are kept; the one that was used longest ago is closed for a new one. @default 100 */
  readonly pools?: number;
  /** The most connections of one tenant's pool. @default 5 */
  readonly connections?: number;
  /** After so many idle milliseconds a connection is closed, so that the compute can sleep. @default 10,000 */
  readonly idleMs?: number;
  /** The longest that getting a connection may take, in milliseconds: a compute that sleeps wakes in it. @default 10,000 */
  readonly connectMs?: number;
  /**
   * How long a tenant's credential is used without a look at the catalog, in milliseconds. A rotation or a move is followed
   * within it, and at once where a connection is refused; keep it below `timings.rotationOverlap`. @default 1,000
   */
  readonly freshForMs?: number;
}

/** The pools of one process: bounded, and each for the tenant's own limited role. */
export class TenantPools {
  readonly #catalog: Catalog;
  readonly #fleet: string;
  readonly #freshForMs: number;
  readonly #pool: pg.PoolConfig;
  readonly #pools: LRUCache<TenantId, FollowingPool>;

  constructor(catalog: Catalog, fleet: string, options: PoolOptions = {}) {
    const { pools = 100, connections = 5, idleMs = 10_000, connectMs = 10_000, freshForMs = 1_000 } = options;
    this.#catalog = catalog;
    this.#fleet = fleet;
    this.#freshForMs = freshForMs;
    this.#pool = {
      max: connections,
      idleTimeoutMillis: idleMs,
      connectionTimeoutMillis: connectMs,
      allowExitOnIdle: true,
    };
    this.#pools = new LRUCache({ max: pools, dispose: (pool) => void pool.close().catch(() => {}) });
  }

  /** The tenant's pool, kept or made. Throws `TenantNotFoundError`, `TenantNotReadyError`, `SealError`. */
  async pool(id: TenantId): Promise<TenantPool> {
    let pool = this.#pools.get(id);
    if (pool === undefined) {
      pool = this.#make({ fleet: this.#fleet, id });
      this.#pools.set(id, pool);
    }
    try {
      await pool.ready();
    } catch (error) {
      // A tenant that nobody can connect to takes no place of one that somebody can.
      if (this.#pools.peek(id) === pool) this.#pools.delete(id);
      throw error;
    }
    return pool;
  }

  async close(): Promise<void> {
    const all = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(all.map((pool) => pool.close()));
  }

  #make(key: TenantKey): FollowingPool {
    return new FollowingPool({
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
    });
  }
}

/** What a connection is made of: a rotation brings another role, a move another project. */
function versionOf(tenant: Tenant | undefined): string {
  if (tenant === undefined || !isConnectable(tenant.state)) return `shut: ${tenant?.state}`;
  return `${tenant.projectId} ${tenant.appRole}`;
}
