import { type Kysely, sql } from 'kysely';
import type { SecretStore } from '../tenancy/secret-store.js';
import { storableJson } from '../tenancy/storable.js';
import { lockHeldTenant } from './held-tenant.js';
import { loginAt } from './login-at.js';
import { NameTakenError } from './name-taken.js';
import type { CatalogSchema } from './schema.js';
import { type SideDetail, type SideKind, sideProjectOf, sideRows } from './side-projects.js';
import type { Tenant, Writer } from './tenant.js';

export interface ProjectSwitch {
  readonly kind: SideKind;
  readonly projectName: string;
  readonly projectId: string;
  /** The workflow that is to delete the project that is left. */
  readonly keeper: string;
  /** When it is to. */
  readonly retireAt: Date;
}

/** The one moment of a move: everything that says where the tenant lives changes together. Throws `NameTakenError`. */
export async function switchProject(
  tx: Kysely<CatalogSchema>,
  secrets: SecretStore,
  writer: Writer,
  to: ProjectSwitch,
): Promise<string | undefined> {
  const { fleet, id } = writer;
  const tenant = await lockHeldTenant(tx, writer);
  if (tenant.projectId === to.projectId) return leftTo(tx, writer, to.keeper);
  const found = await sideRows(tx, writer)
    .where('kind', '=', to.kind)
    .where('name', '=', to.projectName)
    .where('neon_id', '=', to.projectId)
    .forUpdate()
    .executeTakeFirst();
  const side = found && sideProjectOf(found);
  if (side === undefined || side.retiring || tenant.projectId === undefined) return undefined;

  // Before the secrets are switched: a store of the fleet's own does not roll back with the transaction.
  if (await isNameTaken(tx, writer, to.projectName)) throw new NameTakenError(to.projectName);
  if (!(await switchSecrets(secrets, tenant, { from: tenant.projectId, to: to.projectId }))) return undefined;
  await tx
    .deleteFrom('resources')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('kind', '=', to.kind)
    .where('name', '=', to.projectName)
    .execute();
  const detail: SideDetail = {
    createPosts: tenant.createPosts,
    adopted: tenant.adopted,
    keeper: to.keeper,
    ...(tenant.region === undefined ? {} : { region: tenant.region }),
    ...(tenant.schemaVersion === undefined ? {} : { schemaVersion: tenant.schemaVersion }),
  };
  await tx
    .insertInto('resources')
    .values({
      fleet,
      tenant_id: id,
      kind: 'former-project',
      name: tenant.projectName,
      project_id: tenant.projectId,
      neon_id: tenant.projectId,
      detail: storableJson(detail),
      expires_at: to.retireAt,
    })
    .execute();
  await tx
    .updateTable('tenants')
    .set({
      project_id: to.projectId,
      project_name: to.projectName,
      project_region: side.region ?? null,
      create_posts: side.createPosts,
      create_posted_at: null,
      adopted: side.adopted,
      // A copy has the migrations of what it is a copy of; a former project those that it had when it was left.
      ...(to.kind === 'former-project' ? { schema_version: side.schemaVersion ?? null } : {}),
      updated_at: sql`now()`,
    })
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .execute();
  return tenant.projectName;
}

async function isNameTaken(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Writer,
  projectName: string,
): Promise<boolean> {
  const holders = await tx
    .selectFrom('tenants')
    .select(['fleet', 'id'])
    .where('project_name', '=', projectName)
    .execute();
  return holders.some((holder) => holder.fleet !== fleet || holder.id !== id);
}

/** The name of the project that this very switch left, when only its answer was lost. */
async function leftTo(
  tx: Kysely<CatalogSchema>,
  writer: Writer,
  keeper: string,
): Promise<string | undefined> {
  const sides = (await sideRows(tx, writer).execute()).map(sideProjectOf);
  return sides.find((side) => side.keeper === keeper)?.projectName;
}

/**
 * A store that knows no transactions may hold what an attempt before this one did: the `project:` secret of the project
 * that is left says that it began, and the lack of the other one that it came to its end.
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
