import type { Kysely } from 'kysely';
import { type TenantState, transitionOf } from '../tenancy/lifecycle.js';
import { type Held, holdOf, lockTenant } from './held-tenant.js';
import { appendHistory } from './history.js';
import { NameTakenError } from './name-taken.js';
import type { CatalogSchema } from './schema.js';
import { type Tenant, type TenantKey, tenantOf, tenantRows, type Writer } from './tenant.js';
import { refuseErased } from './tombstones.js';

/** A project that a tenant adopts, with its existing names. */
export interface Adoptee {
  readonly plan: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly region?: string;
  readonly databaseName: string;
  readonly ownerRole: string;
  readonly appRole: string;
}

export type AdoptionProspect =
  | { readonly kind: 'possible'; readonly leftover: boolean }
  /** The project is this tenant's already, and the tenant is ready. */
  | { readonly kind: 'adopted'; readonly tenant: Tenant }
  | { readonly kind: 'refused'; readonly state: TenantState }
  /** It belongs to another tenant, of this fleet or another one in the catalog: as its live project, or as one that is due for deletion. */
  | { readonly kind: 'taken'; readonly by: TenantKey };

export interface Adoptions {
  /** Whether the catalog lets a tenant adopt a project; changes nothing. Throws `ErasedTenantError`. */
  prospect(key: TenantKey, projectId: string, reuseErased: boolean): Promise<AdoptionProspect>;
  /**
   * Takes the tenant and the project for a run; idempotent for the same run. Throws `ErasedTenantError`, and
   * `NameTakenError` where another tenant's project has the same name.
   * @param seenClosed The run that is known to be closed, and so no longer holds the tenant.
   */
  begin(
    writer: Writer,
    adoptee: Adoptee,
    reuseErased: boolean,
    seenClosed?: string,
  ): Promise<AdoptionProspect | Held>;
}

export function createAdoptions(db: Kysely<CatalogSchema>): Adoptions {
  return {
    prospect: (key, projectId, reuseErased) => prospect(db, key, projectId, reuseErased),
    begin: (writer, adoptee, reuseErased, seenClosed) =>
      db.transaction().execute(async (tx) => {
        const { fleet, id, runId } = writer;
        const state = transitionOf('adopt').during;
        const found = await prospect(tx, writer, adoptee.projectId, reuseErased);
        if (found.kind !== 'possible') return found;
        const before = await lockTenant(tx, writer);
        const held = before && holdOf({ state: before.state, run_id: before.runId }, writer, seenClosed);
        if (held !== undefined) return held;
        const row = {
          state,
          plan: adoptee.plan,
          database_name: adoptee.databaseName,
          owner_role: adoptee.ownerRole,
          app_role: adoptee.appRole,
          run_id: runId,
          failure: null,
        };
        await tx
          .insertInto('tenants')
          .values({ fleet, id, ...row })
          .onConflict((conflict) => conflict.columns(['fleet', 'id']).doUpdateSet(row))
          .execute();
        await adoptProject(tx, writer, adoptee);
        const detail = { projectId: adoptee.projectId, plan: adoptee.plan };
        await appendHistory(tx, writer, { operation: 'adopt', event: 'began', state, detail });
        return found;
      }),
  };
}

/** Records the project under its name at Neon. Throws `NameTakenError`. */
async function adoptProject(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  { projectName: name, projectId: neon_id, region }: Adoptee,
): Promise<void> {
  const row = { role: 'live', neon_id, region: region ?? null, adopted: true } as const;
  await tx
    .insertInto('projects')
    .values({ name, fleet, tenant_id: id, ...row, known_logins: '[]' })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet(row)
        .where('projects.fleet', '=', fleet)
        .where('projects.tenant_id', '=', id),
    )
    .execute();
  const { neon_id: kept } = await tx
    .selectFrom('projects')
    .select('neon_id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  if (kept !== neon_id) throw new NameTakenError(name);
}

async function prospect(
  db: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  projectId: string,
  reuseErased: boolean,
): Promise<AdoptionProspect> {
  if (!reuseErased) await refuseErased(db, { fleet, id });
  const project = await db
    .selectFrom('projects')
    .select(['fleet', 'tenant_id', 'role', 'adopted'])
    .where('neon_id', '=', projectId)
    .executeTakeFirst();
  if (project !== undefined && (project.fleet !== fleet || project.tenant_id !== id))
    return { kind: 'taken', by: { fleet: project.fleet, id: project.tenant_id } };
  const row = await tenantRows(db)
    .where('tenants.fleet', '=', fleet)
    .where('tenants.id', '=', id)
    .executeTakeFirst();
  const tenant = row && tenantOf(row);
  // An erased tenant with the same id may have moved out of it: then it is due for deletion until it is gone.
  if (tenant === undefined)
    return project === undefined
      ? { kind: 'possible', leftover: false }
      : { kind: 'taken', by: { fleet, id } };
  const same = project?.role === 'live' && project.adopted;
  if (same && tenant.state === 'ready') return { kind: 'adopted', tenant };
  // Left behind by a run that was terminated.
  if (same && transitionOf('adopt').from.includes(tenant.state)) return { kind: 'possible', leftover: true };
  return { kind: 'refused', state: tenant.state };
}
