import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import type { Tenant } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';
import { appGroupName, appReaderName } from '../tenancy/naming.js';
import { inTransaction } from './close-writes.js';
import { roleStatements } from './create-app-role.js';
import type { Dependencies } from './dependencies.js';
import { grantStatement, grantsOf, missingFrom, revokeStatement } from './grants-of.js';
import { heartbeatWhile } from './heartbeat.js';
import { appIn, ownerIn } from './known-side.js';
import { knownTenant } from './known-tenant.js';
import { type PipedTool, pipePostgresTools } from './postgres-tools.js';
import { withTenantDatabase } from './tenant-database.js';
import type { ProjectStep } from './tenant-step.js';

/** Two projects of a tenant's: what is in the one is to be in the other. */
export interface CopyStep extends ProjectStep {
  readonly fromProjectId: string;
}

export interface CopyAsked extends CopyStep {
  readonly schemaOnly?: boolean;
}

/**
 * Copies the database as it is now, in place of what an attempt before this one may have copied. `schemaOnly` tries on the
 * schema alone what can go wrong, while everyone still writes.
 */
export function copyDatabase({ catalog }: Dependencies) {
  const copy = async ({ tenant, fromProjectId, projectId, schemaOnly = false }: CopyAsked): Promise<void> => {
    const signal = cancellationSignal();
    const known = await knownTenant(catalog, tenant);
    // What is there is dropped first: that must never be the live one.
    if (known.projectId === projectId)
      throw failure('TenantStateConflict', 'the copy would replace the original');
    const from = await ownerIn(catalog, tenant, fromProjectId);
    const to = await ownerIn(catalog, tenant, projectId);
    const password = decodeURIComponent(new URL(await appIn(catalog, tenant, projectId)).password);
    const pipe = (sections: readonly string[]) =>
      pipePostgresTools(dump(from, sections), restore(to, sections), signal);

    await withTenantDatabase(to, signal, async (client) => {
      await endOthers(client);
      await inTransaction(client, async () => {
        for (const statement of emptyStatements(known, appGroupName(tenant.id), password))
          await client.query(statement);
      });
    });
    await pipe(['pre-data']);
    if (schemaOnly) return;
    // A materialized view is filled with the privileges of whoever owns it, so these come before the data.
    await copyGrants(from, to, { group: appGroupName(tenant.id), except: appReaderName(tenant.id) }, signal);
    await pipe(['data', 'post-data']);
  };
  return (step: CopyAsked): Promise<void> => heartbeatWhile(step.timings.heartbeat / 3, copy(step));
}

/** Leaves nothing but the tenant's group and its login, with the password that it has elsewhere. */
function emptyStatements({ appRole, databaseName }: Tenant, name: string, password: string): string[] {
  const [group, database] = [pg.escapeIdentifier(name), pg.escapeIdentifier(databaseName)];
  // Only a member may give something to the group, or drop what is its own; until all is compared, the owner is one.
  const join = `grant ${group} to current_user`;
  return [
    ...roleStatements(appRole, name, password),
    join,
    `drop owned by ${group}, current_user cascade`,
    // With what it owned went what was granted to it.
    ...roleStatements(appRole, name, password),
    join,
    `revoke connect, temporary on database ${database} from public`,
    `grant connect, temporary on database ${database} to ${group}`,
    // Whoever is to own a table must be allowed to make one there.
    `grant usage, create on schema public to ${group}`,
  ];
}

function dump(connectionString: string, sections: readonly string[]): PipedTool {
  // Not compressed: it is on its way, not to be kept.
  const args = ['--format=custom', '--compress=0', '--no-publications', '--no-subscriptions'];
  return {
    tool: 'pg_dump',
    args: [...args, ...sections.map((section) => `--section=${section}`)],
    connectionString,
  };
}

/** Neon's own default privileges are not an owner's to set again, so privileges are copied apart. */
function restore(connectionString: string, sections: readonly string[]): PipedTool {
  const args = ['--single-transaction', '--no-privileges', '--no-tablespaces'];
  return {
    tool: 'pg_restore',
    args: [...args, ...sections.map((section) => `--section=${section}`)],
    connectionString,
  };
}

async function copyGrants(
  from: string,
  to: string,
  roles: { readonly group: string; readonly except: string },
  signal: AbortSignal,
): Promise<void> {
  const wanted = await withTenantDatabase(from, signal, (client) => grantsOf(client, roles));
  await withTenantDatabase(to, signal, (client) =>
    inTransaction(client, async () => {
      const present = await grantsOf(client, roles);
      for (const grant of missingFrom(wanted, present)) await client.query(revokeStatement(grant));
      for (const grant of missingFrom(present, wanted)) await client.query(grantStatement(grant));
    }),
  );
}

/** The programs of an attempt whose worker died may still be at work there. */
async function endOthers(client: pg.Client): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where usename = current_user and datname = current_database() and pid <> pg_backend_pid()`,
  );
}
