import type { Kysely } from 'kysely';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/** Another tenant that has a project of that id, be it its live one, its next or a former one. */
export async function projectHolder(
  db: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  projectId: string,
): Promise<TenantKey | undefined> {
  const holders = await db
    .selectFrom('tenants')
    .select(['fleet', 'id'])
    .where('project_id', '=', projectId)
    .union(
      db
        .selectFrom('resources')
        .select(['fleet', 'tenant_id as id'])
        .where('kind', 'in', ['next-project', 'former-project'])
        .where('neon_id', '=', projectId),
    )
    .execute();
  return holders.find((holder) => holder.fleet !== fleet || holder.id !== id);
}
