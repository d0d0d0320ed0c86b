import { type ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import type { Catalog } from '../../catalog/catalog.js';
import type { TenantKey } from '../../catalog/tenant.js';
import { detailsOf, isFailure } from '../../tenancy/failures.js';
import { appGroupName, appReaderName, nextAppRoleName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { appIn, ownerIn } from '../known-owner.js';
import { knownTenant } from '../known-tenant.js';
import { type ProjectInput, writerOf } from '../tenant-input.js';
import { letWrite } from './close-writes.js';
import { removeLogin } from './rotate-login.js';
import { membersOf } from './sql/roles.js';
import { isClosed } from './sql/shut-writes.js';
import { withTenantDatabase } from './tenant-database.js';
import { refuseUnfit } from './verify-app-role.js';
import { refuseReadOnly } from './verify-writes.js';

/*
 * For a ready tenant the published login, and no other, can connect and write. An operation that was cut off
 * may have left it closed, read-only, or with another password; and it may have left the alternate login
 * open.
 */

/** Returns the deviations, one sentence each. */
export function checkLogins({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<string[]> => {
    const { appRole } = await knownTenant(catalog, tenant);
    const [group, reader] = [appGroupName(tenant.id), appReaderName(tenant.id)];
    const refusal = await refusalOf(await appIn(catalog, tenant, projectId), group);
    const other = nextAppRoleName(tenant.id, appRole);
    const owner = await ownerIn(catalog, tenant, projectId);
    const { left, readers, closed } = await withTenantDatabase(
      owner,
      cancellationSignal(),
      async (client) => ({
        left: await isLeft(client, catalog, { tenant, role: other }),
        readers: await membersOf(client, reader),
        closed: await isClosed(client),
      }),
    );
    return [
      ...(refusal === undefined ? [] : [`the published login "${appRole}" did not work: ${refusal}`]),
      ...(readers.length === 0 ? [] : [`${readers.map((login) => `"${login}"`).join(', ')} could only read`]),
      ...(closed ? ['the database could only be read'] : []),
      ...(left ? [`the login "${other}" was there, which is not published`] : []),
    ];
  };
}

/**
 * Repairs the logins, and verifies that the published one can write. It can be repeated. Additional
 * privileges that somebody has granted to the group stay.
 */
export function mendLogins({ catalog, fleet: { appRole } }: Dependencies) {
  return async (input: ProjectInput): Promise<void> => {
    const { tenant, projectId } = input;
    const app = new URL(await appIn(catalog, tenant, projectId));
    const role = decodeURIComponent(app.username);
    // A secret store without transactions may already have a login published that the row does not name yet.
    if (role !== (await knownTenant(catalog, tenant)).appRole)
      await catalog.publishLogin(writerOf(input), role);
    const other = { ...input, role: nextAppRoleName(tenant.id, role) };
    const owner = await ownerIn(catalog, tenant, projectId);
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      const login = {
        role,
        group: appGroupName(tenant.id),
        password: decodeURIComponent(app.password),
        appRole,
      };
      await letWrite(client, login, appReaderName(tenant.id));
      if (await isLeft(client, catalog, other)) await removeLogin(client, catalog, other);
    });
    await asApp(app.href, (client) => refuseReadOnly(client, appGroupName(tenant.id)));
  };
}

/** SQLSTATE: the login has reached its connection limit, which proves that it can log in. */
const noneLeft = '53300';

/** Works as the published login, if it has a connection left: an application may hold them all. */
async function asApp(app: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  try {
    await withTenantDatabase(app, cancellationSignal(), work);
  } catch (error) {
    if (!isFailure(error, 'DatabaseUnreachable') || detailsOf(error).sqlState !== noneLeft) throw error;
  }
}

/** SQLSTATEs: the role may not log in, may not connect to the database, or has another password. */
const refusals: readonly (string | undefined)[] = ['28000', '42501', '28P01'];

/** The error that the published login gets, or its fault; nothing if all is well. */
async function refusalOf(app: string, group: string): Promise<string | undefined> {
  try {
    await asApp(app, async (client) => {
      await refuseReadOnly(client, group);
      await refuseUnfit(client, group);
    });
    return undefined;
  } catch (error) {
    if (isFailure(error, 'RoleUnfit') || isRefusal(error)) return error.message;
    throw error;
  }
}

function isRefusal(error: unknown): error is ApplicationFailure {
  return isFailure(error, 'DatabaseUnreachable') && refusals.includes(detailsOf(error).sqlState);
}

/** Whether an unpublished login remains to be removed; a replaced login is closed, and stays. */
async function isLeft(
  client: pg.Client,
  catalog: Catalog,
  { tenant, role }: { readonly tenant: TenantKey; readonly role: string },
): Promise<boolean> {
  if ((await catalog.secrets.kinds(tenant)).some(({ kind }) => kind === 'next')) return true;
  const { rowCount } = await client.query(
    'select from pg_catalog.pg_roles where rolname = $1 and rolcanlogin',
    [role],
  );
  return rowCount !== 0;
}
