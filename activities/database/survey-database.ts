import { cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import { connectionUri } from '../../neon/connection-uri.js';
import { inOrder } from '../../tenancy/migration-files.js';
import { appGroupName, appRoleName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { readMigrations } from '../fleet-migrations.js';
import type { AdopteeDatabase } from '../neon/inspect-adoptee.js';
import type { ProjectInput } from '../tenant-input.js';
import { ownersSchemas } from './sql/access.js';
import { appliedMigrations } from './sql/ledger.js';
import { loginsOf } from './sql/logins.js';
import { named, outOfReach } from './sql/out-of-reach.js';
import { withTenantDatabase } from './tenant-database.js';

/** A database before Tenantry changes anything in it. */
export interface DatabaseSurvey {
  readonly group: string;
  readonly login: string;
  /** Which of the two already exist. */
  readonly presentRoles: readonly string[];
  /** The owner's databases that every role may use, with the privileges there. */
  readonly openDatabases: readonly OpenDatabase[];
  /** Every role may create objects in `public`, and the owner can revoke that. */
  readonly openPublic: boolean;
  /** The roles that can log in besides the owner; they stay. */
  readonly otherLogins: readonly string[];
  /** The owner's schemas. */
  readonly schemas: readonly string[];
  /**
   * Schemas of other roles that have tables, each with its owner. The tenant's role has no access to them.
   */
  readonly othersSchemas: readonly string[];
  /** The objects in the owner's schemas that the owner cannot grant: names, each with its owner. */
  readonly othersThings?: string;
  /** The newest migration in the ledger; absent if there is none. */
  readonly schemaVersion?: string;
  /** The fleet's migrations that the ledger lacks, in order. */
  readonly pendingMigrations: readonly string[];
}

export interface OpenDatabase {
  readonly name: string;
  readonly connect: boolean;
  readonly temporary: boolean;
}

/** Inspects a database as its owner, in a read-only transaction. */
export function surveyDatabase({ neon, fleet }: Dependencies) {
  return async ({
    tenant,
    projectId,
    database,
    owner,
  }: ProjectInput & AdopteeDatabase): Promise<DatabaseSurvey> => {
    const signal = cancellationSignal();
    const connection = await connectionUri(neon, { projectId, database, role: owner }, signal);
    const roles = { group: appGroupName(tenant.id), login: appRoleName(tenant.id) };
    const files = fleet.migrations === undefined ? [] : await readMigrations(fleet.migrations);
    const migrations = inOrder(files.map(({ name }) => name));
    return withTenantDatabase(connection, signal, async (client) => {
      await client.query('begin read only');
      const applied = (await appliedMigrations(client)).map(({ name }) => name);
      const schemaVersion = applied.at(-1);
      const things = (await outOfReach(client, 'public', { ownToo: false })).filter(
        ({ owner: whose }) => ![roles.group, roles.login].includes(whose),
      );
      return {
        ...roles,
        presentRoles: await namesIn(
          client,
          'select rolname as name from pg_catalog.pg_roles where rolname = any($1) order by 1',
          [[roles.group, roles.login]],
        ),
        openDatabases: await openDatabases(client),
        openPublic: await isPublicOpen(client),
        otherLogins: (await loginsOf(client)).filter((role) => ![owner, roles.login].includes(role)),
        schemas: await ownersSchemas(client),
        othersSchemas: await namesIn(client, othersSchemas, [roles.group, roles.login]),
        ...(things.length === 0 ? {} : { othersThings: named(things) }),
        ...(schemaVersion === undefined ? {} : { schemaVersion }),
        pendingMigrations: migrations.filter((name) => !applied.includes(name)),
      };
    });
  };
}

const othersSchemas = `
  select pg_catalog.quote_ident(n.nspname) || ' of "' || r.rolname || '"' as name
  from pg_catalog.pg_namespace n join pg_catalog.pg_roles r on r.oid = n.nspowner
  where not r.rolsuper and not pg_catalog.pg_has_role(r.oid, 'usage') and r.rolname not in ($1, $2)
    and exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f'))
  order by 1`;

async function openDatabases(client: pg.Client): Promise<OpenDatabase[]> {
  const { rows } = await client.query<OpenDatabase>(
    `select datname as name,
            pg_catalog.has_database_privilege('public', datname, 'connect') as connect,
            pg_catalog.has_database_privilege('public', datname, 'temporary') as temporary
     from pg_catalog.pg_database where pg_catalog.pg_has_role(datdba, 'usage') order by 1`,
  );
  return rows.filter(({ connect, temporary }) => connect || temporary);
}

async function isPublicOpen(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_catalog.pg_namespace
     where nspname = 'public' and pg_catalog.pg_has_role(nspowner, 'usage')
       and pg_catalog.has_schema_privilege('public', oid, 'create')`,
  );
  return rowCount !== 0;
}

async function namesIn(client: pg.Client, sql: string, values: readonly unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql, [...values]);
  return rows.map(({ name }) => name);
}
