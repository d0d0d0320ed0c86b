import { type Kysely, type RawBuilder, type Selectable, sql, type UpdateObject } from 'kysely';
import type { ProjectRole } from '../tenancy/project-role.js';
import type { SecretStore } from '../tenancy/secret-store.js';
import { storableJson } from '../tenancy/storable.js';
import { lockHeldTenant, lockWorkedOnTenant } from './held-tenant.js';
import { appendHistory } from './history.js';
import { NameTakenError } from './name-taken.js';
import type { CatalogSchema, ProjectsTable } from './schema.js';
import type { SecretsIn } from './secrets.js';
import { type TenantKey, TenantRecordError, type Writer } from './tenant.js';

/** A project at Neon, or one that may exist there: its role for its tenant, and the creates that were sent. */
export interface Project {
  /** Its name at Neon. */
  readonly name: string;
  readonly tenant: TenantKey;
  readonly role: ProjectRole;
  /** Known once Neon's response to the create was read, or the project was found by its name. */
  readonly neonId: string | undefined;
  /** The region in which it was requested or adopted; unknown for projects from before it was recorded. */
  readonly region: string | undefined;
  /** It existed before Tenantry. */
  readonly adopted: boolean;
  /** What it was called in the pool, if it came from there: at Neon it may still have that name. */
  readonly poolName?: string;
  /** When the tenant took it from there. */
  readonly takenAt?: Date;
  /** The number of creates that were sent and not certainly refused. */
  readonly createPosts: number;
  /** How long ago, by the catalog's clock, a create was sent whose outcome is unknown. */
  readonly createAgeMs: number | undefined;
  /** More projects of this name than the recorded one may turn up. */
  readonly inDoubt: boolean;
  readonly knownLogins: readonly string[];
  readonly leftAt: Date | undefined;
  readonly dueAt: Date | undefined;
  /** Why the sweep's last attempt failed, if it did. */
  readonly trouble: string | undefined;
}

/**
 * How long after a create whose response was lost its project is looked for again, in milliseconds, in order. After
 * the last lookup, the create counts as not done.
 */
export type LookAgain = readonly [number, ...number[]];

export interface Projects {
  /** All projects that a tenant has or had, in any role; the oldest first. */
  list(key: TenantKey): Promise<Project[]>;
  get(name: string): Promise<Project | undefined>;
  /** The project with this id at Neon, of any tenant. */
  withId(neonId: string): Promise<Project | undefined>;
  /**
   * Records the intent to create a project, before anything is sent, so that a crash cannot hide it. Idempotent.
   * Throws `StaleRunError`, also once the run's operation has ended, and `NameTakenError`.
   */
  intend(writer: Writer, name: string, role: 'live' | 'next'): Promise<Project>;
  markCreatePosted(writer: Writer, name: string, region: string, lookAgain: LookAgain): Promise<void>;
  /** The create was certainly not done: Neon refused it, or a lookup after the grace period found nothing. */
  clearCreatePosted(writer: Writer, name: string, outcome: 'refused' | 'not-seen'): Promise<void>;
  /**
   * Records which Neon project it is. A second call with another project throws `TenantRecordError`: that one is a
   * duplicate.
   */
  recordProject(writer: Writer, name: string, neonId: string): Promise<void>;
  /**
   * The same for a project that was just created, and stores its owner's connection string. After a crash in between,
   * the project is found by its name, and Neon is asked for its owner's connection string again.
   */
  recordCreated(writer: Writer, name: string, neonId: string, owner: string): Promise<void>;
  /** Records which logins are known in a project. */
  noteLogins(writer: Writer, neonId: string, logins: readonly string[]): Promise<void>;
  /** Condemns the tenant's projects of these roles. Returns the names of all condemned ones. */
  condemn(writer: Writer, roles: readonly ProjectRole[]): Promise<string[]>;
  /**
   * Records that a project is deleted at Neon, together with its owner's secret and everything that was kept in it.
   * With `name`, its name at Neon, a project that is not on record also accounts for a create whose response was
   * never read.
   */
  recordDeletion(writer: Writer, neonId: string, name?: string): Promise<void>;
  /**
   * A lookup found no project with the name besides the recorded one. If none is recorded, the project is gone; if a
   * create is in doubt, it is looked for again.
   */
  settle(name: string, lookAgain: LookAgain): Promise<void>;
}

export function createProjects(db: Kysely<CatalogSchema>, secretsIn: SecretsIn): Projects {
  const held = <T>(writer: Writer, work: (tx: Kysely<CatalogSchema>) => Promise<T>) =>
    inTransaction(db, async (tx) => {
      await lockHeldTenant(tx, writer);
      return work(tx);
    });
  /** Throws when the tenant no longer has such a project. */
  const change = (writer: Writer, name: string, to: UpdateObject<CatalogSchema, 'projects'>) =>
    held(writer, (tx) => changeProject(tx, writer, name, to));
  return {
    async list(key) {
      const rows = await projectRows(db)
        .where('fleet', '=', key.fleet)
        .where('tenant_id', '=', key.id)
        .orderBy('created_at')
        .orderBy('name')
        .execute();
      return rows.map(projectOf);
    },
    get: (name) => projectNamed(db, name),
    async withId(neonId) {
      const row = await projectRows(db).where('neon_id', '=', neonId).executeTakeFirst();
      return row && projectOf(row);
    },
    intend: (writer, name, role) =>
      inTransaction(db, async (tx) => {
        await lockWorkedOnTenant(tx, writer);
        return intendProject(tx, writer, name, role);
      }),
    markCreatePosted: (writer, name, region, [firstLook]) =>
      inTransaction(db, async (tx) => {
        await lockWorkedOnTenant(tx, writer);
        await changeProject(tx, writer, name, { ...createPosted(firstLook), region });
      }),
    clearCreatePosted: (writer, name, outcome) =>
      change(
        writer,
        name,
        outcome === 'refused'
          ? createRefused
          : // It may yet turn up, so it stays counted, and in doubt.
            { create_posted_at: null },
      ),
    recordProject: (writer, name, neonId) => held(writer, (tx) => recordProject(tx, writer, name, neonId)),
    recordCreated: (writer, name, neonId, owner) =>
      held(writer, async (tx) => {
        await recordProject(tx, writer, name, neonId);
        const isLive = (await projectNamed(tx, name))?.role === 'live';
        await secretsIn(tx).put(writer, isLive ? 'owner' : `project:${neonId}`, owner);
      }),
    noteLogins: (writer, neonId, logins) =>
      held(writer, async (tx) => {
        await ofTenant(tx.updateTable('projects').set({ known_logins: storableJson(logins) }), writer)
          .where('neon_id', '=', neonId)
          .execute();
      }),
    condemn: (writer, roles) => held(writer, (tx) => condemnProjects(tx, writer, roles)),
    recordDeletion: (writer, neonId, name) =>
      inTransaction(db, (tx) => recordDeletion(tx, secretsIn(tx), writer, { neonId, name })),
    settle: (name, lookAgain) =>
      inTransaction(db, async (tx) => {
        const row = await projectRows(tx).where('name', '=', name).forUpdate().executeTakeFirst();
        if (row === undefined || (row.role === 'condemned' && row.neon_id !== null)) return;
        const { doubt_age_ms: age, in_doubt_since: since } = row;
        const next = age === null ? undefined : lookAgain.find((ms) => ms > age);
        const isOver = since === null || next === undefined;
        const isGone = row.role === 'condemned' && isOver;
        // This row was the last record of an erased tenant.
        if (isGone && !(await hasTenant(tx, row))) {
          await tx.deleteFrom('projects').where('name', '=', name).execute();
          return;
        }
        await tx
          .updateTable('projects')
          .set({
            in_doubt_since: isOver ? null : since,
            due_at: isOver ? null : after(sql`in_doubt_since`, next),
            ...(isGone ? { role: 'gone', create_posts: 0, pool_name: null } : {}),
            ...atEase,
          })
          .where('name', '=', name)
          .execute();
      }),
  };
}

async function changeProject(
  tx: Kysely<CatalogSchema>,
  key: TenantKey,
  name: string,
  to: UpdateObject<CatalogSchema, 'projects'>,
): Promise<void> {
  const { numUpdatedRows } = await ofTenant(tx.updateTable('projects').set(to), key)
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n)
    throw new TenantRecordError(`the catalog has no project "${name}" of the tenant any more`);
}

export const now = sql<Date>`now()`;

/** Clears the sweep's last failure. */
export const atEase = { tries: 0, trouble: null } as const;

/** One create has an outcome; others that were sent may still have made a project. */
export const doubtOfOthers = {
  in_doubt_since: sql<Date | null>`case when create_posts > 1 then in_doubt_since end`,
  // A project that is to go still is, however late its create is answered.
  due_at: sql<Date | null>`case when create_posts > 1 then due_at when role in ('condemned', 'gone') then now() end`,
};

/** The outcome of one create is known. */
export const oneAnswered = {
  unanswered_creates: sql<number>`greatest(unanswered_creates - 1, 0)`,
  unanswered_since: sql<Date | null>`case when unanswered_creates > 1 then unanswered_since end`,
};

/** A create is about to be sent: until its outcome is known, the project is in doubt. */
export function createPosted(firstLook: number) {
  return {
    create_posts: sql<number>`create_posts + 1`,
    create_posted_at: now,
    in_doubt_since: now,
    due_at: after(now, firstLook),
    unanswered_creates: sql<number>`unanswered_creates + 1`,
    unanswered_since: sql<Date>`coalesce(unanswered_since, now())`,
  };
}

/** Neon refused the create: it made nothing. */
export const createRefused = {
  create_posts: sql<number>`create_posts - 1`,
  create_posted_at: null,
  ...doubtOfOthers,
  ...oneAnswered,
};

/** The same, unless the row has its project already. */
const oneAnsweredUnlessKnown = {
  unanswered_creates: sql<number>`case when neon_id is null then greatest(unanswered_creates - 1, 0) else unanswered_creates end`,
  unanswered_since: sql<Date | null>`case when neon_id is not null or unanswered_creates > 1 then unanswered_since end`,
};

/** A moment plus this many milliseconds, by the catalog's clock. */
export function after(moment: RawBuilder<unknown>, ms: number) {
  return sql<Date>`${moment} + ${ms}::float8 * interval '1 millisecond'`;
}

export function projectRows(db: Kysely<CatalogSchema>) {
  return db
    .selectFrom('projects')
    .selectAll()
    .select([ageMs('create_posted_at').as('create_age_ms'), ageMs('in_doubt_since').as('doubt_age_ms')]);
}

/** The catalog's clock, because a worker's may differ. */
function ageMs(column: string) {
  return sql<number | null>`(extract(epoch from now() - ${sql.ref(column)}) * 1000)::float8`;
}

export async function projectNamed(db: Kysely<CatalogSchema>, name: string): Promise<Project | undefined> {
  const row = await projectRows(db).where('name', '=', name).executeTakeFirst();
  return row && projectOf(row);
}

/** Must be called in a transaction that has locked the tenant. */
export async function intendProject(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  name: string,
  role: 'live' | 'next',
): Promise<Project> {
  await tx
    .insertInto('projects')
    .values({ name, fleet, tenant_id: id, role, known_logins: '[]' })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({
          role,
          due_at: sql`case when projects.in_doubt_since is null then null else projects.due_at end`,
        })
        .where('projects.fleet', '=', fleet)
        .where('projects.tenant_id', '=', id)
        .where('projects.role', 'in', ['gone', 'condemned']),
    )
    .execute();
  const there = await projectNamed(tx, name);
  if (there?.tenant.fleet === fleet && there.tenant.id === id) return there;
  throw new NameTakenError(name);
}

/** Must be called in a transaction that has locked the tenant. A project that was never created is gone at once. */
export async function condemnProjects(
  tx: Kysely<CatalogSchema>,
  key: TenantKey,
  roles: readonly ProjectRole[],
): Promise<string[]> {
  const isNothing = sql<boolean>`neon_id is null and create_posts = 0`;
  await ofTenant(
    tx.updateTable('projects').set({
      role: sql<ProjectRole>`case when ${isNothing} then 'gone' else 'condemned' end`,
      due_at: sql`case when ${isNothing} then null else now() end`,
    }),
    key,
  )
    .where('role', '=', sql<ProjectRole>`any(${roles}::text[])`)
    .execute();
  const rows = await tx
    .selectFrom('projects')
    .select('name')
    .where('fleet', '=', key.fleet)
    .where('tenant_id', '=', key.id)
    .where('role', '=', 'condemned')
    .orderBy('created_at')
    .execute();
  return rows.map(({ name }) => name);
}

async function hasTenant(
  tx: Kysely<CatalogSchema>,
  { fleet, tenant_id }: Pick<Selectable<ProjectsTable>, 'fleet' | 'tenant_id'>,
): Promise<boolean> {
  const row = await tx
    .selectFrom('tenants')
    .select('id')
    .where('fleet', '=', fleet)
    .where('id', '=', tenant_id)
    .executeTakeFirst();
  return row !== undefined;
}

async function recordProject(
  tx: Kysely<CatalogSchema>,
  key: TenantKey,
  name: string,
  neonId: string,
): Promise<void> {
  const { numUpdatedRows } = await ofTenant(
    tx.updateTable('projects').set({
      neon_id: neonId,
      role: sql<ProjectRole>`case when role = 'gone' then 'condemned' else role end`,
      create_posted_at: null,
      ...doubtOfOthers,
      ...oneAnsweredUnlessKnown,
    }),
    key,
  )
    .where('name', '=', name)
    .where((row) => row.or([row('neon_id', 'is', null), row('neon_id', '=', neonId)]))
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n)
    throw new TenantRecordError(`project ${neonId} is not the one of that name that is kept`);
}

async function recordDeletion(
  tx: Kysely<CatalogSchema>,
  secrets: SecretStore,
  writer: Writer,
  { neonId, name }: { readonly neonId: string; readonly name: string | undefined },
): Promise<void> {
  const { fleet, id } = writer;
  const deleted = await ofTenant(tx.updateTable('projects').set({ neon_id: null }), writer)
    .where('neon_id', '=', neonId)
    .returning('left_at')
    .executeTakeFirst();
  if (deleted === undefined && name !== undefined)
    await ofTenant(tx.updateTable('projects').set(oneAnswered), writer).where('name', '=', name).execute();
  await secrets.remove(writer, `project:${neonId}`);
  const inIt = await tx
    .deleteFrom('resources')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('project_id', '=', neonId)
    .returning(['kind', 'name'])
    .execute();
  for (const { kind, name } of inIt) if (kind === 'branch') await secrets.remove(writer, `branch:${name}`);
  const tenant = await tx
    .selectFrom('tenants')
    .select('state')
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .executeTakeFirst();
  // The operation that created or deleted the other projects reports on them.
  if (tenant === undefined || deleted === undefined || deleted.left_at === null) return;
  const detail = { retiredProjectId: neonId };
  await appendHistory(tx, writer, { operation: 'move', event: 'noted', state: tenant.state, detail });
}

/** Deletes the rows of projects in these roles. Must be called in the transaction that deletes their tenant. */
export async function forgetProjects(
  tx: Kysely<CatalogSchema>,
  key: TenantKey,
  roles: readonly ProjectRole[],
): Promise<void> {
  await ofTenant(tx.deleteFrom('projects'), key).where('role', 'in', roles).execute();
}

interface Filtered<Query> {
  where(column: 'fleet' | 'tenant_id', is: '=', value: string): Query;
}

function ofTenant<Query extends Filtered<Query>>(query: Query, { fleet, id }: TenantKey): Query {
  return query.where('fleet', '=', fleet).where('tenant_id', '=', id);
}

function inTransaction<T>(
  db: Kysely<CatalogSchema>,
  work: (tx: Kysely<CatalogSchema>) => Promise<T>,
): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

export function projectOf(
  row: Selectable<ProjectsTable> & { readonly create_age_ms: number | null },
): Project {
  return {
    name: row.name,
    tenant: { fleet: row.fleet, id: row.tenant_id },
    role: row.role,
    neonId: row.neon_id ?? undefined,
    region: row.region ?? undefined,
    adopted: row.adopted,
    ...(row.pool_name !== null && { poolName: row.pool_name, takenAt: row.created_at }),
    createPosts: row.create_posts,
    createAgeMs: row.create_age_ms ?? undefined,
    inDoubt: row.in_doubt_since !== null,
    knownLogins: row.known_logins,
    leftAt: row.left_at ?? undefined,
    dueAt: row.due_at ?? undefined,
    trouble: row.trouble ?? undefined,
  };
}
