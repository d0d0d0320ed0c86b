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

export interface Resources {
  list(key: TenantKey, kind?: ResourceKind): Promise<Resource[]>;
  get(key: TenantKey, kind: ResourceKind, name: string): Promise<Resource | undefined>;
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
  const select = ({ fleet, id }: TenantKey) =>
    db.selectFrom('resources').selectAll().where('fleet', '=', fleet).where('tenant_id', '=', id);
  return {
    async list(key, kind) {
      const all = kind === undefined ? select(key) : select(key).where('kind', '=', kind);
      return (await all.orderBy('created_at').orderBy('name').execute()).map(resourceOf);
    },
    async get(key, kind, name) {
      const row = await select(key).where('kind', '=', kind).where('name', '=', name).executeTakeFirst();
      return row && resourceOf(row);
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
