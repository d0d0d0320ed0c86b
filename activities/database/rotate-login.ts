import { randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import type { Catalog } from '../../catalog/catalog.js';
import type { TenantKey } from '../../catalog/tenant.js';
import { failure } from '../../tenancy/failures.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import { giveLogin } from './sql/give-login.js';
import { endConnections, shutLogins } from './sql/shut-logins.js';
import { inTurn } from './sql/turn.js';
import { withTenantDatabase } from './tenant-database.js';

/** A step on one of the two alternating logins. */
export interface LoginStep extends TenantInput {
  readonly role: string;
}

/**
 * Creates the login that will replace the current one, in the same group; its password is sealed first. Every
 * statement can be repeated. An earlier rotation may have left this login open: its connections are ended.
 */
export function createNextLogin({ catalog, fleet: { appRole } }: Dependencies) {
  return async (step: LoginStep): Promise<void> => {
    const { tenant, role } = step;
    await ensureNotPublished(catalog, step);
    const owner = await knownSecret(catalog, tenant, 'owner');
    const next = await nextCredential(catalog, tenant, owner, role);
    const group = appGroupName(tenant.id);
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      if (await isThere(client, role)) await shut(client, step, 'keep');
      const password = new URL(next).password;
      await giveLogin(client, { role, group, password, appRole }, async () => {
        if ((await catalog.secrets.open(tenant, 'next')) !== next)
          throw failure('TenantStateConflict', 'the rotation was given up meanwhile');
      });
    });
  };
}

/** Takes login and password from the replaced role, and ends its connections. */
export function retireLogin({ catalog }: Dependencies) {
  return async (step: LoginStep): Promise<void> => {
    await ensureNotPublished(catalog, step);
    const owner = await knownSecret(catalog, step.tenant, 'owner');
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      if (!(await isThere(client, step.role))) return;
      await shut(client, step, 'forget');
      await giveToGroup(client, step);
    });
  };
}

/** Objects that somebody created as the login itself belong to the group from here on, like all others. */
async function giveToGroup(client: pg.Client, { tenant, role }: LoginStep): Promise<void> {
  const [login, group] = [role, appGroupName(tenant.id)].map((name) => pg.escapeIdentifier(name));
  try {
    await inTurn(client, async () => {
      await client.query(`grant ${login}, ${group} to current_user`);
      await client.query(`reassign owned by ${login} to ${group}`);
      await client.query(`revoke ${login}, ${group} from current_user`);
    });
  } catch (error) {
    // Objects in a schema where the group may not create any stay with the login, which is closed.
    if (!(error instanceof pg.DatabaseError && error.code === insufficientPrivilege)) throw error;
  }
}

const insufficientPrivilege = '42501';

/** Removes an unpublished login, if it exists, and forgets its credential. */
export async function removeLogin(client: pg.Client, catalog: Catalog, step: LoginStep): Promise<void> {
  // In a turn, so that no attempt that was presumed dead creates the login again.
  await inTurn(client, () => catalog.secrets.remove(step.tenant, 'next'));
  if (!(await isThere(client, step.role))) return;
  await shut(client, step, 'forget');
  await dropUnlessOwner(client, step.role);
  await endConnections(client, [step.role]);
}

function shut(client: pg.Client, { tenant, role }: LoginStep, password: 'keep' | 'forget'): Promise<void> {
  return shutLogins(client, [role], { groups: [appGroupName(tenant.id)], password });
}

async function isThere(client: pg.Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [role]);
  return rowCount !== 0;
}

/** An attempt that outlived its run or its step must not touch the login that applications now use. */
async function ensureNotPublished(catalog: Catalog, step: LoginStep): Promise<void> {
  const { appRole, runId } = await knownTenant(catalog, step.tenant);
  if (runId !== writerOf(step).runId)
    throw failure('TenantStateConflict', 'another run has the tenant in its hands');
  if (appRole === step.role) throw published(step);
}

function published({ role }: LoginStep) {
  return failure('TenantStateConflict', `"${role}" is the login that is published, so it stays`);
}

/**
 * Seals a new password, or returns the one that an earlier attempt sealed, unless that one was for another
 * database.
 */
async function nextCredential(
  catalog: Catalog,
  tenant: TenantKey,
  owner: string,
  role: string,
): Promise<string> {
  const next = new URL(owner);
  next.username = role;
  next.password = randomBytes(24).toString('base64url');
  const kept = new URL(await catalog.secrets.keep(tenant, 'next', next.href));
  if (kept.username === next.username && kept.host === next.host && kept.pathname === next.pathname)
    return kept.href;
  await catalog.secrets.put(tenant, 'next', next.href);
  return next.href;
}

const dependentObjectsExist = '2BP01';

/**
 * If the role owns objects that somebody created as it rather than as the group, they stay, and the closed
 * role with them.
 */
async function dropUnlessOwner(client: pg.Client, role: string): Promise<void> {
  try {
    await client.query(`drop role if exists ${pg.escapeIdentifier(role)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === dependentObjectsExist)) throw error;
  }
}
