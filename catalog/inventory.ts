import { type Kysely, sql } from 'kysely';
import type { Inventory, Look, RecordedProject, SeenProject } from '../tenancy/inventory.js';
import type { TenantState } from '../tenancy/lifecycle.js';
import { storableJson } from '../tenancy/storable.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/** The reconcile that writes the inventory. */
export interface ReconcileKey {
  readonly fleet: string;
  readonly runId: string;
}

/** A tenant in the catalog, which knows neither its plan's settings nor the state of its run. */
export interface ReconciledTenant {
  readonly id: TenantId;
  readonly state: TenantState;
  readonly plan: string;
  readonly adopted: boolean;
  readonly changedAt: number;
  readonly projectId?: string;
  readonly schemaVersion?: string;
  /** When it was last checked; 0 for never. */
  readonly lookedAt: number;
}

/** The observations, together with the catalog's records. */
export interface InventoryRead extends Omit<Inventory, 'ageMs' | 'tenants'> {
  readonly tenants: readonly ReconciledTenant[];
}

/** The observations of a reconcile so far. */
export interface Inventories {
  addSeen(key: ReconcileKey, projects: readonly SeenProject[]): Promise<void>;
  /** Neon was asked for the project by its id, and does not have it. */
  addGone(key: ReconcileKey, neonId: string): Promise<void>;
  addLook(key: ReconcileKey, tenant: TenantKey, look: Look): Promise<void>;
  /** Throws when another reconcile of the fleet has begun since. */
  read(key: ReconcileKey): Promise<InventoryRead>;
}

export function createInventories(db: Kysely<CatalogSchema>): Inventories {
  return {
    async addSeen({ fleet, runId: run_id }, projects) {
      if (projects.length === 0) return;
      const values = projects.map((project) => ({
        fleet,
        run_id,
        neon_id: project.neonId,
        name: project.name,
        created_at: new Date(project.createdAt),
        last_active_at: project.lastActiveAt === undefined ? null : new Date(project.lastActiveAt),
        is_lowered: project.isLowered ?? null,
        settings: storableJson(project.settings),
      }));
      await db
        .insertInto('neon_inventory')
        .values(values)
        .onConflict((conflict) => conflict.columns(['fleet', 'run_id', 'neon_id']).doNothing())
        .execute();
    },
    async addGone({ fleet, runId: run_id }, neonId) {
      await db
        .insertInto('neon_inventory')
        .values({ fleet, run_id, neon_id: neonId, is_gone: true })
        .onConflict((conflict) => conflict.columns(['fleet', 'run_id', 'neon_id']).doNothing())
        .execute();
    },
    async addLook({ runId: run_id }, { fleet, id: tenant_id }, look) {
      const row = { fleet, tenant_id, run_id, look: storableJson(look) };
      await db
        .insertInto('tenant_looks')
        // The tenant may have been erased since.
        .columns(['fleet', 'tenant_id', 'run_id', 'look'])
        .expression(
          db
            .selectFrom('tenants')
            .select([
              'tenants.fleet',
              'tenants.id as tenant_id',
              sql<string>`${run_id}`.as('run_id'),
              sql<string>`${row.look}::jsonb`.as('look'),
            ])
            .where('tenants.fleet', '=', fleet)
            .where('tenants.id', '=', tenant_id),
        )
        .onConflict((conflict) =>
          conflict
            .columns(['fleet', 'tenant_id'])
            .doUpdateSet({ run_id, look: row.look, looked_at: sql`now()` }),
        )
        .execute();
    },
    read: (key) =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute((tx) => readInventory(tx, key)),
  };
}

async function readInventory(
  tx: Kysely<CatalogSchema>,
  { fleet, runId }: ReconcileKey,
): Promise<InventoryRead> {
  const reconcile = await tx
    .selectFrom('reconciles')
    .select('began_at')
    .where('fleet', '=', fleet)
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (reconcile === undefined) throw new Error('another reconcile of the fleet has begun since');
  const listed = await tx
    .selectFrom('neon_inventory')
    .selectAll()
    .where('fleet', '=', fleet)
    .where('run_id', '=', runId)
    .execute();
  const made = await tx
    .selectFrom('made_projects')
    .innerJoin('neon_inventory', 'neon_inventory.neon_id', 'made_projects.neon_id')
    .select('made_projects.neon_id')
    .where('neon_inventory.fleet', '=', fleet)
    .where('neon_inventory.run_id', '=', runId)
    .execute();
  const quarantine = await tx.selectFrom('quarantine').selectAll().where('fleet', '=', fleet).execute();
  const looks = await tx
    .selectFrom('tenant_looks')
    .select(['tenant_id', 'look', 'run_id', 'looked_at'])
    .where('fleet', '=', fleet)
    .execute();
  const lookedAt = new Map(looks.map(({ tenant_id, looked_at }) => [tenant_id, looked_at.getTime()]));
  return {
    fleet,
    beganAt: reconcile.began_at.getTime(),
    seen: listed.flatMap((row) => (row.is_gone ? [] : [seenOf(row)])),
    gone: new Set(listed.flatMap((row) => (row.is_gone ? [row.neon_id] : []))),
    projects: await recordedProjects(tx),
    onceOnRecord: new Set(made.map(({ neon_id }) => neon_id)),
    quarantine: quarantine.map((row) => ({
      neonId: row.neon_id,
      name: row.name,
      tenantId: row.tenant_id,
      state: row.state,
      dueAt: row.due_at.getTime(),
      isShut: row.shut_at !== null,
    })),
    looks: new Map(
      looks.flatMap((row) => (row.run_id === runId ? [[row.tenant_id, row.look] as const] : [])),
    ),
    tenants: (await recordedTenants(tx, fleet)).map((tenant) => ({
      ...tenant,
      lookedAt: lookedAt.get(tenant.id) ?? 0,
    })),
  };
}

function seenOf(row: {
  readonly neon_id: string;
  readonly name: string;
  readonly created_at: Date;
  readonly last_active_at: Date | null;
  readonly is_lowered: boolean | null;
  readonly settings: SeenProject['settings'];
}): SeenProject {
  return {
    neonId: row.neon_id,
    name: row.name,
    createdAt: row.created_at.getTime(),
    ...(row.last_active_at !== null && { lastActiveAt: row.last_active_at.getTime() }),
    ...(row.is_lowered !== null && { isLowered: row.is_lowered }),
    settings: row.settings,
  };
}

async function recordedProjects(tx: Kysely<CatalogSchema>): Promise<RecordedProject[]> {
  const rows = await tx
    .selectFrom('projects')
    .select(['name', 'pool_name', 'fleet', 'tenant_id', 'role', 'neon_id', 'adopted', 'unanswered_creates'])
    .select(['unanswered_since', 'in_doubt_since'])
    .execute();
  return rows.map((row) => ({
    name: row.name,
    fleet: row.fleet,
    tenantId: row.tenant_id,
    role: row.role,
    ...(row.pool_name !== null && { poolName: row.pool_name }),
    ...(row.neon_id !== null && { neonId: row.neon_id }),
    adopted: row.adopted,
    unansweredCreates: row.unanswered_creates,
    ...(row.unanswered_since !== null && { unansweredSince: row.unanswered_since.getTime() }),
    isInDoubt: row.in_doubt_since !== null,
  }));
}

async function recordedTenants(
  tx: Kysely<CatalogSchema>,
  fleet: string,
): Promise<Omit<ReconciledTenant, 'lookedAt'>[]> {
  const rows = await tx
    .selectFrom('tenants')
    .leftJoin('projects', (join) =>
      join
        .onRef('projects.fleet', '=', 'tenants.fleet')
        .onRef('projects.tenant_id', '=', 'tenants.id')
        .on('projects.role', '=', 'live'),
    )
    .select(['tenants.id', 'tenants.state', 'tenants.plan', 'tenants.schema_version', 'tenants.updated_at'])
    .select(['projects.neon_id', 'projects.adopted'])
    .where('tenants.fleet', '=', fleet)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    plan: row.plan,
    adopted: row.adopted ?? false,
    changedAt: row.updated_at.getTime(),
    ...(row.neon_id !== null && { projectId: row.neon_id }),
    ...(row.schema_version !== null && { schemaVersion: row.schema_version }),
  }));
}
