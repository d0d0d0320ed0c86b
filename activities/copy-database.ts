import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import { failure } from '../tenancy/failures.js';
import { appGroupName, appReaderName } from '../tenancy/naming.js';
import { copyRows } from './database/copy-rows.js';
import { giveLogin } from './database/give-login.js';
import {
  castsOf,
  dumpSchema,
  entriesOf,
  restoreSchema,
  type SchemaArchive,
} from './database/schema-archive.js';
import { dropTurn, inTurn } from './database/turn.js';
import type { Dependencies } from './dependencies.js';
import { addGrants, type GrantRoles, matchGrants } from './grants-of.js';
import { heartbeatWhile } from './heartbeat.js';
import { appIn, ownerIn } from './known-side.js';
import { knownTenant } from './known-tenant.js';
import { withTenantDatabase } from './tenant-database.js';
import type { ProjectStep } from './tenant-step.js';

/** Two projects of a tenant's: what is in the one is to be in the other. */
export interface CopyStep extends ProjectStep {
  readonly fromProjectId: string;
}

export interface CopyAsked extends CopyStep {
  readonly schemaOnly?: boolean;
}

/** The two databases, and the logins that work in the copy: its owner, and the tenant's own role. */
interface Copying {
  readonly from: string;
  readonly to: string;
  readonly toAsApp: string;
  readonly group: string;
  readonly appRole: string;
  readonly roles: GrantRoles;
  readonly signal: AbortSignal;
}

/**
 * Copies the database as it is now, in place of what an attempt before this one may have copied. `schemaOnly` tries on the
 * schema alone what can go wrong, while everyone still writes.
 *
 * What is the tenant's is made and filled by the tenant's own login. Check constraints, domains, generated columns, index
 * expressions call the tenant's functions, and would do so as the owner of the new project; a `set role` would not hold
 * them, for they could reset it.
 */
export function copyDatabase(dependencies: Dependencies) {
  const copy = async (step: CopyAsked): Promise<void> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tenantry-copy-'));
    try {
      const copying = await copyingOf(dependencies, step);
      await empty(dependencies, step, copying.to);
      await copySchema(copying, await dumpSchema(copying.from, 'pre-data', folder, copying.signal));
      if (step.schemaOnly) return;
      await copyRows(copying);
      await copySchema(copying, await dumpSchema(copying.from, 'post-data', folder, copying.signal));
      await matchGrants(copying.from, copying.to, copying.roles, copying.signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return (step: CopyAsked): Promise<void> => heartbeatWhile(step.timings.heartbeat / 3, copy(step));
}

async function copyingOf({ catalog }: Dependencies, step: CopyStep): Promise<Copying> {
  const { tenant, fromProjectId, projectId } = step;
  const known = await knownTenant(catalog, tenant);
  // What is there is dropped first: that must never be the live one.
  if (known.projectId === projectId)
    throw failure('TenantStateConflict', 'the copy would replace the original');
  const group = appGroupName(tenant.id);
  return {
    from: await ownerIn(catalog, tenant, fromProjectId),
    to: await ownerIn(catalog, tenant, projectId),
    toAsApp: await appIn(catalog, tenant, projectId),
    group,
    appRole: known.appRole,
    roles: { group, except: appReaderName(tenant.id) },
    signal: cancellationSignal(),
  };
}

/** The owner's objects first: the tenant's may stand on them, and need what the owner grants for that. */
async function copySchema(
  { from, to, toAsApp, group, appRole, roles, signal }: Copying,
  archive: SchemaArchive,
): Promise<void> {
  const casts = await withTenantDatabase(from, signal, (client) => castsOf(client, group));
  const theirs = new Map([
    [group, entriesOf(archive, { role: group, casts })],
    [appRole, entriesOf(archive, { role: appRole })],
  ]);
  const tenants = new Set([...theirs.values()].flat());
  const ours = archive.entries.filter((line) => !tenants.has(line));
  await restoreSchema(archive, ours, { connectionString: to, signal });
  if (tenants.size === 0) return;
  await addGrants(from, to, roles, signal);
  for (const [role, entries] of theirs)
    await restoreSchema(archive, entries, { connectionString: toAsApp, role, signal });
}

/** Leaves nothing but the tenant's group and its login, with the password that it has elsewhere. */
async function empty({ catalog, fleet }: Dependencies, { tenant, projectId }: CopyStep, to: string) {
  const { appRole: role, databaseName } = await knownTenant(catalog, tenant);
  const password = decodeURIComponent(new URL(await appIn(catalog, tenant, projectId)).password);
  const group = appGroupName(tenant.id);
  const login = { role, group, password, appRole: { ...fleet.appRole, ownSchema: undefined } };
  const [quoted, database] = [pg.escapeIdentifier(group), pg.escapeIdentifier(databaseName)];
  await withTenantDatabase(to, cancellationSignal(), async (client) => {
    await endOthers(client, role);
    await giveLogin(client, login);
    await inTurn(client, async () => {
      // Only a member may give something to the group, or drop what is its own; until all is compared, the owner is one.
      await client.query(`grant ${quoted}, ${pg.escapeIdentifier(role)} to current_user`);
      await client.query(`drop owned by ${pg.escapeIdentifier(role)}, ${quoted}, current_user cascade`);
    });
    // With what they own went what they were granted, memberships too.
    await giveLogin(client, login);
    await inTurn(client, async () => {
      await client.query(`grant ${quoted} to current_user`);
      await client.query(`revoke connect, temporary on database ${database} from public`);
      // Whoever is to own a table must be allowed to make one there; grants are matched in the end.
      await client.query(`grant usage, create on schema public to ${quoted}`);
      // The copy brings its own.
      await dropTurn(client);
    });
  });
}

/** The programs of an attempt whose worker died may still be at work there. */
async function endOthers(client: pg.Client, appRole: string): Promise<void> {
  await client.query(
    `select pg_catalog.pg_terminate_backend(pid, 5000) from pg_catalog.pg_stat_activity
     where (usename = current_user or usename = $1) and datname = pg_catalog.current_database()
       and pid <> pg_catalog.pg_backend_pid()`,
    [appRole],
  );
}
