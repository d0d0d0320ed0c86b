import type { Kysely } from 'kysely';
import { type TenantState, transitionOf } from '../tenancy/lifecycle.js';
import { type Held, holdOf, lockTenant } from './held-tenant.js';
import { appendHistory } from './history.js';
import { orNameTaken } from './name-taken.js';
import type { CatalogSchema } from './schema.js';
import { type Tenant, type TenantKey, tenantOf, type Writer } from './tenant.js';
import { refuseErased } from './tombstones.js';

/** A project that is to become a tenant's, with the names that it has. */
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
  /** Another tenant has the project, of this fleet or of another one in the catalog. */
  | { readonly kind: 'taken'; readonly by: TenantKey };

export interface Adoptions {
  /** Whether the catalog lets a tenant take a project; changes nothing. Throws `ErasedTenantError`. */
  prospect(key: TenantKey, projectId: string, reuseErased: boolean): Promise<AdoptionProspect>;
  /**
   * Takes the tenant and the project for a run. The same run may ask again. Throws `ErasedTenantError`, and
   * `NameTakenError` where another tenant's project is called the same.
   * @param seenClosed The run that is known to be closed, and so holds nothing any more.
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
          project_name: adoptee.projectName,
          project_id: adoptee.projectId,
          project_region: adoptee.region ?? null,
          database_name: adoptee.databaseName,
          owner_role: adoptee.ownerRole,
          app_role: adoptee.appRole,
          adopted: true,
          run_id: runId,
          failure: null,
        };
        await tx
          .insertInto('tenants')
          .values({ fleet, id, ...row })
          .onConflict((conflict) => conflict.columns(['fleet', 'id']).doUpdateSet(row))
          .execute()
          .catch(orNameTaken(adoptee.projectName));
        const detail = { projectId: adoptee.projectId, plan: adoptee.plan };
        await appendHistory(tx, writer, { operation: 'adopt', event: 'began', state, detail });
        return found;
      }),
  };
}

async function prospect(
  db: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  projectId: string,
  reuseErased: boolean,
): Promise<AdoptionProspect> {
  if (!reuseErased) await refuseErased(db, { fleet, id });
  const rows = await db
    .selectFrom('tenants')
    .selectAll()
    .where((row) =>
      row.or([row.and([row('fleet', '=', fleet), row('id', '=', id)]), row('project_id', '=', projectId)]),
    )
    .execute();
  const tenants = rows.map(tenantOf);
  const other = tenants.find((tenant) => tenant.fleet !== fleet || tenant.id !== id);
  if (other !== undefined) return { kind: 'taken', by: { fleet: other.fleet, id: other.id } };
  const [tenant] = tenants;
  if (tenant === undefined) return { kind: 'possible', leftover: false };
  const same = tenant.adopted && tenant.projectId === projectId;
  if (same && tenant.state === 'ready') return { kind: 'adopted', tenant };
  // What a run that was ended by force has left behind.
  if (same && transitionOf('adopt').from.includes(tenant.state)) return { kind: 'possible', leftover: true };
  return { kind: 'refused', state: tenant.state };
}
