import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.js';
import type { TenantKey } from '../catalog/tenant.js';
import type { TenantId } from '../tenancy/tenant-id.js';

/** How long a request waits for the migration of a waking tenant, in milliseconds. The migration continues without the request. */
const patienceMs = 10_000;
/**
 * How long a tenant's pool is served without another attempt, in milliseconds, after a migration that did not end in
 * time.
 */
const againMs = 60_000;

/**
 * Migrates tenants that a rollout has left asleep, when their application requests a pool: their compute is about to
 * wake anyway. The rollout reports failures. The caller is served in any case, and states itself which schema it
 * needs.
 */
export class SleeperMigration {
  readonly #catalog: Catalog;
  readonly #migrate: (id: TenantId, to: string) => Promise<unknown>;
  readonly #triedAt = new Map<TenantId, number>();

  constructor(catalog: Catalog, migrate: (id: TenantId, to: string) => Promise<unknown>) {
    this.#catalog = catalog;
    this.#migrate = migrate;
  }

  /** Does nothing for a tenant that no rollout waits for. Throws when the catalog is out of reach. */
  async migrate(key: TenantKey): Promise<void> {
    const sleeper = await this.#catalog.rollouts.sleeper(key);
    if (sleeper === undefined) {
      this.#triedAt.delete(key.id);
      return;
    }
    if (Date.now() - (this.#triedAt.get(key.id) ?? 0) < againMs) return;
    this.#triedAt.set(key.id, Date.now());
    const migrated = this.#migrate(key.id, sleeper.to).catch(() => {});
    const waiting = new AbortController();
    await Promise.race([
      migrated,
      sleep(patienceMs, undefined, { ref: false, signal: waiting.signal }).catch(() => {}),
    ]);
    waiting.abort();
  }
}
