import type { Kysely, Selectable } from 'kysely';
import { z } from 'zod';
import type { SecretStore } from '../tenancy/secret-store.js';
import { storableJson } from '../tenancy/storable.js';
import { appendHistory } from './history.js';
import type { CatalogSchema, ResourcesTable } from './schema.js';
import type { SecretsIn } from './secrets.js';
import { type TenantKey, TenantRecordError, type Writer } from './tenant.js';

/** A project of a tenant's that is not its live one: the next, which a move makes, or a former one, which a move left. */
export interface SideProject {
  readonly kind: SideKind;
  readonly projectName: string;
  /** Known once Neon's answer to the create was read, or the project was found again by its name. */
  readonly projectId: string | undefined;
  /** The region that it was asked for in; not known of one from before it was noted. */
  readonly region: string | undefined;
  /** Since when a create is in doubt: it was sent, and no certain answer to it was read. */
  readonly createPostedAt: Date | undefined;
  readonly createPosts: number;
  /** The newest migration of a former one. */
  readonly schemaVersion: string | undefined;
  readonly adopted: boolean;
  /** The workflow that deletes a former one when its time is up. */
  readonly keeper: string | undefined;
  readonly retiring: boolean;
}

export type SideKind = 'next-project' | 'former-project';

export interface SideProjects {
  /** The oldest first. */
  list(key: TenantKey): Promise<SideProject[]>;
  get(key: TenantKey, kind: SideKind, name: string): Promise<SideProject | undefined>;
  /** Notes that a project of that name is to be made: before anything is sent, so that a crash cannot hide it. */
  intend(key: TenantKey, name: string): Promise<void>;
  markCreatePosted(key: TenantKey, name: string, region?: string): Promise<void>;
  clearCreatePosted(key: TenantKey, name: string, outcome: 'refused' | 'not-seen'): Promise<void>;
  /** Notes the project that was made, and keeps its owner's connection string where that is known. */
  recordProject(key: TenantKey, name: string, projectId: string, owner?: string): Promise<void>;
  /** Notes that a project is deleted, if it is one of these. */
  recordDeletion(key: TenantKey, projectId: string): Promise<void>;
  /** Takes a former project out of reach of any move, to be deleted. False where it is not this keeper's any more. */
  claim(key: TenantKey, name: string, keeper: string): Promise<boolean>;
  /** Forgets one that is certainly gone, and its secret; with a detail, notes so in the tenant's history. */
  forget(
    writer: Writer,
    kind: SideKind,
    name: string,
    detail?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
}

/** What a row keeps of a project in its detail. */
export const sideDetail = z.object({
  createPostedAt: z.iso.datetime().optional(),
  createPosts: z.number(),
  region: z.string().optional(),
  schemaVersion: z.string().optional(),
  adopted: z.boolean().default(false),
  keeper: z.string().optional(),
  retiring: z.boolean().default(false),
});
export type SideDetail = z.input<typeof sideDetail>;

export function sideRows(db: Kysely<CatalogSchema>, { fleet, id }: TenantKey) {
  return db
    .selectFrom('resources')
    .selectAll()
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('kind', 'in', ['next-project', 'former-project']);
}

export function createSideProjects(db: Kysely<CatalogSchema>, secretsIn: SecretsIn): SideProjects {
  return {
    async list(key) {
      return (await sideRows(db, key).orderBy('created_at').execute()).map(sideProjectOf);
    },
    async get(key, kind, name) {
      const row = await sideRows(db, key)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .executeTakeFirst();
      return row && sideProjectOf(row);
    },
    async intend({ fleet, id }, name) {
      const detail: SideDetail = { createPosts: 0 };
      const row = {
        kind: 'next-project',
        name,
        project_id: '',
        neon_id: '',
        detail: storableJson(detail),
      } as const;
      await db
        .insertInto('resources')
        .values({ fleet, tenant_id: id, ...row })
        .onConflict((conflict) => conflict.columns(['fleet', 'tenant_id', 'kind', 'name']).doNothing())
        .execute();
    },
    markCreatePosted: (key, name, region) =>
      db.transaction().execute((tx) =>
        change(tx, key, 'next-project', name, ({ createPosts }) => ({
          createPostedAt: new Date().toISOString(),
          createPosts: createPosts + 1,
          region,
        })),
      ),
    clearCreatePosted: (key, name, outcome) =>
      db.transaction().execute((tx) =>
        change(tx, key, 'next-project', name, ({ createPosts }) => ({
          createPostedAt: undefined,
          // A create that was not seen may yet turn up, so it stays counted.
          createPosts: outcome === 'refused' ? createPosts - 1 : createPosts,
        })),
      ),
    recordProject: (key, name, projectId, owner) =>
      db.transaction().execute(async (tx) => {
        await change(tx, key, 'next-project', name, () => ({ createPostedAt: undefined }), projectId);
        if (owner !== undefined) await secretsIn(tx).put(key, `project:${projectId}`, owner);
      }),
    async recordDeletion({ fleet, id }, projectId) {
      await db
        .updateTable('resources')
        .set({ neon_id: '' })
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', id)
        .where('kind', 'in', ['next-project', 'former-project'])
        .where('neon_id', '=', projectId)
        .execute();
    },
    claim: (key, name, keeper) =>
      db.transaction().execute(async (tx) => {
        const found = await sideRows(tx, key)
          .where('kind', '=', 'former-project')
          .where('name', '=', name)
          .forUpdate()
          .executeTakeFirst();
        if (found === undefined || sideProjectOf(found).keeper !== keeper) return false;
        await change(tx, key, 'former-project', name, () => ({ retiring: true }));
        return true;
      }),
    forget: (writer, kind, name, detail) =>
      db.transaction().execute((tx) => forget(tx, secretsIn(tx), writer, kind, name, detail)),
  };
}

async function change(
  tx: Kysely<CatalogSchema>,
  key: TenantKey,
  kind: SideKind,
  name: string,
  to: (detail: z.output<typeof sideDetail>) => Partial<z.output<typeof sideDetail>>,
  projectId?: string,
): Promise<void> {
  const of = sideRows(tx, key).where('kind', '=', kind).where('name', '=', name);
  const row = await of.forUpdate().executeTakeFirst();
  if (row === undefined)
    throw new TenantRecordError(`the catalog has no ${kind} "${name}" of the tenant any more`);
  const detail = sideDetail.parse(row.detail);
  await tx
    .updateTable('resources')
    .set({
      detail: storableJson({ ...detail, ...to(detail) }),
      ...(projectId === undefined ? {} : { project_id: projectId, neon_id: projectId }),
    })
    .where('fleet', '=', key.fleet)
    .where('tenant_id', '=', key.id)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .execute();
}

async function forget(
  tx: Kysely<CatalogSchema>,
  secrets: SecretStore,
  writer: Writer,
  kind: SideKind,
  name: string,
  detail: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const { fleet, id } = writer;
  const gone = await tx
    .deleteFrom('resources')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .returning('project_id')
    .executeTakeFirst();
  if (gone === undefined) return;
  await secrets.remove(writer, `project:${gone.project_id}`);
  // With the project, all that was kept in it went.
  await tx
    .deleteFrom('resources')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('project_id', '=', gone.project_id)
    .where('kind', 'in', ['snapshot', 'kept-state'])
    .execute();
  const tenant = await tx
    .selectFrom('tenants')
    .select('state')
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .executeTakeFirst();
  if (detail === undefined || tenant === undefined) return;
  await appendHistory(tx, writer, { operation: 'move', event: 'noted', state: tenant.state, detail });
}

export function sideProjectOf(row: Selectable<ResourcesTable>): SideProject {
  const { createPostedAt, createPosts, region, schemaVersion, adopted, keeper, retiring } = sideDetail.parse(
    row.detail,
  );
  return {
    kind: row.kind === 'next-project' ? 'next-project' : 'former-project',
    projectName: row.name,
    projectId: row.neon_id === '' ? undefined : row.neon_id,
    createPostedAt: createPostedAt === undefined ? undefined : new Date(createPostedAt),
    createPosts,
    region,
    schemaVersion,
    adopted,
    keeper,
    retiring,
  };
}
