import { randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import type { Catalog } from '../catalog/catalog.js';
import type { TenantKey } from '../catalog/tenant.js';
import { appGroupName } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';
import { ledgerSchema } from './migrate-database.js';
import { withTenantDatabase } from './tenant-database.js';
import type { TenantStep } from './tenant-step.js';

/**
 * Makes the tenant's own limited role: a login that works as a group which owns what the application makes. It may
 * read and write the tables of the migrations and make its own; it may not touch roles, databases or the ledger.
 * Every statement can be repeated, and the password is sealed before the role has it.
 */
export function createAppRole({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const { appRole: role } = await knownTenant(catalog, tenant);
    const password = await appPassword(catalog, tenant, owner, role);
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      await client.query('begin');
      // An attempt that was taken for dead may still be at it.
      await client.query("select pg_advisory_xact_lock(hashtext('tenantry'))");
      for (const statement of roleStatements(role, appGroupName(tenant.id), password))
        await client.query(statement);
      for (const statement of await grantStatements(client, appGroupName(tenant.id)))
        await client.query(statement);
      await client.query('commit');
    });
  };
}

/** A new password, sealed; or the one of an attempt before this one, if there was one. */
async function appPassword(
  catalog: Catalog,
  tenant: TenantKey,
  owner: string,
  role: string,
): Promise<string> {
  const app = new URL(owner);
  app.username = role;
  app.password = randomBytes(24).toString('base64url');
  return new URL(await catalog.secrets.keep(tenant, 'app', app.href)).password;
}

export function roleStatements(role: string, group: string, password: string): string[] {
  const [quotedRole, quotedGroup] = [pg.escapeIdentifier(role), pg.escapeIdentifier(group)];
  return [
    createRoleUnlessThere(group),
    createRoleUnlessThere(role),
    `grant ${quotedGroup} to ${quotedRole}`,
    `alter role ${quotedRole} login password ${pg.escapeLiteral(password)}`,
    // What the application makes belongs to the group, so that a login can be replaced while it lives on.
    `alter role ${quotedRole} set role = ${pg.escapeLiteral(group)}`,
  ];
}

/** A role without any attribute; `create role` has no `if not exists`. */
export function createRoleUnlessThere(role: string): string {
  return `do $$ begin
    if not exists (select from pg_catalog.pg_roles where rolname = ${pg.escapeLiteral(role)}) then
      create role ${pg.escapeIdentifier(role)} nologin;
    end if;
  end $$`;
}

async function grantStatements(client: pg.Client, group: string): Promise<string[]> {
  const to = pg.escapeIdentifier(group);
  const { rows: databases } = await client.query<{ name: string; present: boolean }>(
    `select datname as name, datname = current_database() as present
     from pg_catalog.pg_database where pg_has_role(datdba, 'usage')`,
  );
  const { rows: schemas } = await client.query<{ name: string }>(
    `select nspname as name from pg_catalog.pg_namespace
     where pg_has_role(nspowner, 'usage') and nspname <> $1 and nspname !~ '^pg_'`,
    [ledgerSchema],
  );
  return [
    ...databases.flatMap(({ name, present }) => {
      const database = pg.escapeIdentifier(name);
      const close = `revoke connect, temporary on database ${database} from public`;
      return present ? [close, `grant connect, temporary on database ${database} to ${to}`] : [close];
    }),
    `grant create on schema public to ${to}`,
    ...schemas.flatMap(({ name }) => {
      const schema = pg.escapeIdentifier(name);
      return [
        `grant usage on schema ${schema} to ${to}`,
        `grant select, insert, update, delete on all tables in schema ${schema} to ${to}`,
        `grant usage, select, update on all sequences in schema ${schema} to ${to}`,
        // What later migrations make.
        `alter default privileges in schema ${schema} grant select, insert, update, delete on tables to ${to}`,
        `alter default privileges in schema ${schema} grant usage, select, update on sequences to ${to}`,
      ];
    }),
  ];
}
