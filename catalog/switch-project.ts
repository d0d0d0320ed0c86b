import { type Kysely, sql } from 'kysely';
import type { SecretStore } from '../tenancy/secret-store.js';
import { lockHeldTenant } from './held-tenant.js';
import { loginAt } from './login-at.js';
import { after, now, type Project, projectOf, projectRows } from './projects.js';
import type { CatalogSchema } from './schema.js';
import type { Tenant, Writer } from './tenant.js';

export interface ProjectSwitch {
  /** Neon's id of the tenant's next project, or of a former one. */
  readonly projectId: string;
  /** How long the old project is kept, in milliseconds. */
  readonly keepMs: number;
}

/** The old project, and its expiry. */
export interface ProjectLeft {
  readonly projectId: string;
  readonly keptUntil: Date;
}

/**
 * The switch of a move: every record of where the tenant lives changes in one transaction. Returns the old project;
 * `undefined` when the other project no longer exists.
 */
export async function switchProject(
  tx: Kysely<CatalogSchema>,
  secrets: SecretStore,
  writer: Writer,
  { projectId, keepMs }: ProjectSwitch,
): Promise<ProjectLeft | undefined> {
  const tenant = await lockHeldTenant(tx, writer);
  if (tenant.projectId === undefined) return undefined;
  if (tenant.projectId === projectId) return leftBy(tx, writer);
  const row = await projectRows(tx)
    .where('neon_id', '=', projectId)
    .where('fleet', '=', writer.fleet)
    .where('tenant_id', '=', writer.id)
    .where('role', 'in', ['next', 'former'])
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (!(await switchSecrets(secrets, tenant, { from: tenant.projectId, to: projectId }))) return undefined;

  await tx
    .updateTable('projects')
    .set({
      role: 'former',
      left_by: writer.runId,
      left_at: now,
      due_at: after(now, keepMs),
      schema_version: tenant.schemaVersion ?? null,
    })
    .where('neon_id', '=', tenant.projectId)
    .execute();
  await tx
    .updateTable('projects')
    .set({ role: 'live', left_by: null, left_at: null, due_at: sql`in_doubt_since` })
    .where('neon_id', '=', projectId)
    .execute();
  await tx
    .updateTable('tenants')
    .set({
      // A copy has the migrations of its original; a former project has those of its switch.
      ...(row.role === 'former' ? { schema_version: row.schema_version } : {}),
      // Its backups belong to the project that it left.
      backed_up_at: null,
      updated_at: now,
    })
    .where('fleet', '=', writer.fleet)
    .where('id', '=', writer.id)
    .execute();
  return leftBy(tx, writer);
}

/** The project that a run has switched away from, even if only the response was lost. */
async function leftBy(tx: Kysely<CatalogSchema>, writer: Writer): Promise<ProjectLeft | undefined> {
  const row = await projectRows(tx)
    .where('fleet', '=', writer.fleet)
    .where('tenant_id', '=', writer.id)
    .where('left_by', '=', writer.runId)
    .executeTakeFirst();
  const { neonId, dueAt }: Partial<Project> = row === undefined ? {} : projectOf(row);
  return neonId === undefined || dueAt === undefined ? undefined : { projectId: neonId, keptUntil: dueAt };
}

/**
 * A store without transactions may hold the result of an earlier attempt: the old project's `project:` secret shows
 * that the attempt began, and the absence of the new one's shows that it finished.
 */
async function switchSecrets(
  secrets: SecretStore,
  tenant: Tenant,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const [owner, app, next, left] = [
    await secrets.open(tenant, 'owner'),
    await secrets.open(tenant, 'app'),
    await secrets.open(tenant, `project:${to}`),
    await secrets.open(tenant, `project:${from}`),
  ];
  if (owner === undefined || app === undefined) return false;
  if (next === undefined && left === undefined) return false;
  if (next !== undefined) {
    if (left === undefined) await secrets.put(tenant, `project:${from}`, owner);
    await secrets.put(tenant, 'owner', next);
    await secrets.put(tenant, 'app', loginAt(next, app));
  }
  await secrets.remove(tenant, `project:${to}`);
  return true;
}
