import { type Kysely, type Selectable, sql } from 'kysely';
import { storableJson } from '../tenancy/storable.js';
import type { CatalogSchema, ResourceKind, ResourcesTable } from './schema.js';
import type { TenantKey } from './tenant.js';

/** Something that Neon keeps besides a tenant's live database. It holds no secret. */
export interface Resource {
  readonly kind: ResourceKind;
  /** Unique among the tenant's resources of a kind. */
  readonly name: string;
  readonly projectId: string;
  /** Its id at Neon. */
  readonly neonId: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  /** Why its removal last failed, if it did. */
  readonly trouble: string | undefined;
}

/** Something that Neon is about to be asked to create. */
export type Intended = Pick<Resource, 'kind' | 'name' | 'projectId'> & Partial<Pick<Resource, 'detail'>>;

/** A resource that is only recorded as an intent is visible to `isIntended` alone. */
export interface Resources {
  list(key: TenantKey, kind?: ResourceKind): Promise<Resource[]>;
  get(key: TenantKey, kind: ResourceKind, name: string): Promise<Resource | undefined>;
  /** Records the intent to create a resource, so that an interrupted run cannot hide it. */
  intend(key: TenantKey, intended: Intended): Promise<void>;
  isIntended(key: TenantKey, kind: ResourceKind, name: string): Promise<boolean>;
  /** Records a resource; a later call overwrites an earlier one. */
  put(
    key: TenantKey,
    resource: Omit<Resource, 'createdAt' | 'detail' | 'trouble'> & Partial<Pick<Resource, 'detail'>>,
  ): Promise<void>;
  remove(key: TenantKey, kind: ResourceKind, name: string): Promise<void>;
  /** Forgets all resources of a tenant. */
  forget(key: TenantKey): Promise<void>;
}

export function createResources(db: Kysely<CatalogSchema>): Resources {
  const all = ({ fleet, id }: TenantKey) =>
    db.selectFrom('resources').selectAll().where('fleet', '=', fleet).where('tenant_id', '=', id);
  const select = (key: TenantKey) => all(key).where('neon_id', '<>', unmade);
  return {
    async list(key, kind) {
      const found = kind === undefined ? select(key) : select(key).where('kind', '=', kind);
      return (await found.orderBy('created_at').orderBy('name').execute()).map(resourceOf);
    },
    async get(key, kind, name) {
      const row = await select(key).where('kind', '=', kind).where('name', '=', name).executeTakeFirst();
      return row && resourceOf(row);
    },
    async intend({ fleet, id }, { kind, name, projectId, detail = {} }) {
      const values = { project_id: projectId, neon_id: unmade, detail: storableJson(detail) };
      const fresh = { ...values, expires_at: null, due_at: null, created_at: sql<Date>`now()` };
      await db
        .insertInto('resources')
        .values({ fleet, tenant_id: id, kind, name, ...values })
        .onConflict((conflict) => conflict.columns(['fleet', 'tenant_id', 'kind', 'name']).doUpdateSet(fresh))
        .execute();
    },
    async isIntended(key, kind, name) {
      const row = await all(key)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .where('neon_id', '=', unmade)
        .executeTakeFirst();
      return row !== undefined;
    },
    async put({ fleet, id }, { kind, name, projectId, neonId, detail = {}, expiresAt }) {
      await db
        .insertInto('resources')
        .values({
          fleet,
          tenant_id: id,
          kind,
          name,
          project_id: projectId,
          neon_id: neonId,
          detail: storableJson(detail),
          expires_at: expiresAt ?? null,
          due_at: expiresAt ?? null,
        })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'tenant_id', 'kind', 'name']).doUpdateSet((row) => ({
            project_id: row.ref('excluded.project_id'),
            neon_id: row.ref('excluded.neon_id'),
            detail: sql`excluded.detail`,
            expires_at: row.ref('excluded.expires_at'),
            due_at: row.ref('excluded.due_at'),
          })),
        )
        .execute();
    },
    async remove({ fleet, id }, kind, name) {
      await db
        .deleteFrom('resources')
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', id)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .execute();
    },
    async forget({ fleet, id }) {
      await db.deleteFrom('resources').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
    },
  };
}

/** The value of Neon's id in a row before there is one. */
export const unmade = '';

/**
 * Hands the intents of an earlier run over to the sweep, which finds out their outcome. Must be called in the
 * transaction that takes the tenant.
 */
export async function disownIntended(tx: Kysely<CatalogSchema>, { fleet, id }: TenantKey): Promise<void> {
  await tx
    .updateTable('resources')
    .set({ due_at: sql<Date>`now()` })
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('neon_id', '=', unmade)
    .execute();
}

function resourceOf(row: Selectable<ResourcesTable>): Resource {
  return {
    kind: row.kind,
    name: row.name,
    projectId: row.project_id,
    neonId: row.neon_id,
    detail: row.detail,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    trouble: row.trouble ?? undefined,
  };
}
