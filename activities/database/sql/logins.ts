import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

/** Every role that can log in except superusers, which are Neon's own: no owner can create one. */
export async function loginsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'select rolname as role from pg_catalog.pg_roles where rolcanlogin and not rolsuper order by 1',
  );
  return rows.map(({ role }) => role);
}

/** Throws `RoleUnfit` with the names of unknown logins: somebody may have created a back door. */
export async function refuseUnknownLogins(client: pg.Client, expected: Iterable<string>): Promise<void> {
  const known = new Set(expected);
  const unknown = (await loginsOf(client)).filter((role) => !known.has(role));
  if (unknown.length === 0) return;
  const names = unknown.map((role) => `"${role}"`).join(', ');
  throw failure(
    'RoleUnfit',
    `${names} can log in to the tenant's database, and neither Tenantry nor the fleet knows of it: drop the role, or list it under "logins" in the fleet`,
  );
}
