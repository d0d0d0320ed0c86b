import { type Kysely, type Selectable, sql } from 'kysely';
import { storableJson } from '../tenancy/storable.js';
import type { CatalogSchema, ResourceKind, ResourcesTable } from './schema.js';
import type { TenantKey } from './tenant.js';

/** Something that is kept at Neon beside a tenant's live database. Nothing in it is secret. */
export interface Resource {
  readonly kind: ResourceKind;
  /** Distinct among the tenant's resources of a kind. */
  readonly name: string;
  readonly projectId: string;
  /** Neon's id of it. */
  readonly neonId: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  /** What its removal failed of last, if it did. */
  readonly trouble: string | undefined;
}

/** Something that is about to be asked of Neon. */
export type Intended = Pick<Resource, 'kind' | 'name' | 'projectId'> & Partial<Pick<Resource, 'detail'>>;

/** What was noted before it was asked for, and not yet as there, is in no answer but that of `isIntended`. */
export interface Resources {
  list(key: TenantKey, kind?: ResourceKind): Promise<Resource[]>;
  get(key: TenantKey, kind: ResourceKind, name: string): Promise<Resource | undefined>;
  /** Notes what is about to be made, so that a run that is cut off cannot hide it. */
  intend(key: TenantKey, intended: Intended): Promise<void>;
  isIntended(key: TenantKey, kind: ResourceKind, name: string): Promise<boolean>;
  /** Notes a resource; noted again, the later note holds. */
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
          // Snapshots Neon deletes by itself.
          due_at: kind === 'branch' ? (expiresAt ?? null) : null,
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

/** What a row has for Neon's id while there is none. */
export const unmade = '';

/**
 * What a run before this one was about to make is nobody's: the sweep looks what has become of it. Belongs in the transaction of
 * whoever takes the tenant over.
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
