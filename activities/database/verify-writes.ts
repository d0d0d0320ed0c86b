import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import { detailsOf, failure, isFailure } from '../../tenancy/failures.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { appIn, ownerIn } from '../known-owner.js';
import type { ProjectInput } from '../tenant-input.js';
import { withTenantDatabase } from './tenant-database.js';
import { refuseUnfit } from './verify-app-role.js';

/** SQLSTATEs: the role may not log in, and a privilege is missing. */
const noLogin = '28000';
const noPrivilege = '42501';

/**
 * Tries to write in a project as the tenant's own role, which first resets its own restrictions, and expects
 * a refusal; also checks that the owner's sessions begin as read-only.
 */
export function verifyWritesRefused({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    await withTenantDatabase(owner, cancellationSignal(), refuseWriting, 'its own');
    const group = pg.escapeIdentifier(appGroupName(tenant.id));
    try {
      await withTenantDatabase(
        await appIn(catalog, tenant, projectId),
        cancellationSignal(),
        async (client) => {
          await client.query('set default_transaction_read_only = off');
          if (!(await isRefused(client, `set role ${group}`)))
            throw failure('DatabaseStillOpen', "the tenant's own role still writes");
          const { rows } = await client.query<{ relation: string }>(
            `select c.oid::pg_catalog.regclass::pg_catalog.text as relation from pg_catalog.pg_class c
           join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where c.relkind = 'r' and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'
             and pg_catalog.has_table_privilege($1, c.oid, 'delete') limit 1`,
            [appGroupName(tenant.id)],
          );
          for (const { relation } of rows)
            if (!(await isRefused(client, `delete from ${relation} where false`)))
              throw failure('DatabaseStillOpen', `the tenant's own role still writes to ${relation}`);
        },
      );
    } catch (error) {
      if (isFailure(error, 'DatabaseUnreachable') && detailsOf(error).sqlState === noLogin) return;
      throw error;
    }
  };
}

/** The session is the same as any application's. */
async function refuseWriting(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only');
  if (rows[0]?.transaction_read_only !== 'on')
    throw failure('DatabaseStillOpen', 'whoever connects as the owner still writes');
}

/** The attempt leaves no trace: its transaction is rolled back. */
async function isRefused(client: pg.Client, statement: string): Promise<boolean> {
  await client.query('begin read write');
  try {
    await client.query(statement);
    return false;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === noPrivilege) return true;
    throw error;
  } finally {
    await client.query('rollback');
  }
}

/**
 * Logs in to a project as the tenant's own role, and asks Postgres whether it works as its group and can
 * write.
 */
export function verifyWritesOpen({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    await withTenantDatabase(
      await appIn(catalog, tenant, projectId),
      cancellationSignal(),
      async (client) => {
        await refuseReadOnly(client, appGroupName(tenant.id));
        await refuseUnfit(client, appGroupName(tenant.id));
      },
    );
  };
}

/** Throws `RoleUnfit` if the session's own login does not work as its group, or cannot write. */
export async function refuseReadOnly(client: pg.Client, group: string): Promise<void> {
  const { rows } = await client.query<{ writes: boolean }>(
    `select current_user = $1 and pg_catalog.current_setting('transaction_read_only') = 'off' as writes`,
    [group],
  );
  if (!rows[0]?.writes) throw failure('RoleUnfit', "the tenant's own role cannot write");
}
