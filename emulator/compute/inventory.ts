import { asSuperuser, type Cluster } from '../../postgres/index.js';
import { superuser } from './template.js';

/** What a cluster holds of the things that the API lists. */
export interface Inventory {
  readonly roles: readonly { readonly name: string; readonly verifier: string | null }[];
  readonly databases: readonly { readonly name: string; readonly owner: string }[];
}

/** Roles made by the API are the members of `neon_superuser`; those made in SQL are the tenant's own affair. */
export function inventoryOf(cluster: Cluster): Promise<Inventory> {
  return asSuperuser(cluster, 'postgres', async (client) => {
    const roles = await client.query<Inventory['roles'][number]>(
      `SELECT rolname AS name, rolpassword AS verifier FROM pg_authid
       WHERE rolname <> $1 AND oid IN (
         SELECT member FROM pg_auth_members JOIN pg_roles ON roleid = pg_roles.oid WHERE rolname = 'neon_superuser')`,
      [superuser],
    );
    const databases = await client.query<Inventory['databases'][number]>(
      `SELECT datname AS name, pg_catalog.pg_get_userbyid(datdba) AS owner FROM pg_database
       WHERE NOT datistemplate AND datname <> 'postgres'`,
    );
    return { roles: roles.rows, databases: databases.rows };
  });
}
