import { randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import type { Catalog } from '../catalog/catalog.js';
import type { TenantKey } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';
import { appGroupName } from '../tenancy/naming.js';
import { roleStatements } from './create-app-role.js';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';
import { endConnections } from './set-login.js';
import { withTenantDatabase } from './tenant-database.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** A step on one of the two logins that alternate. */
export interface LoginStep extends TenantStep {
  readonly role: string;
}

/**
 * Makes the login that is to take the present one's place, in the same group, its password sealed first. Every statement
 * can be repeated. It may be one that a rotation before this left open: nobody keeps a connection of that one.
 */
export function createNextLogin({ catalog }: Dependencies) {
  return async (step: LoginStep): Promise<void> => {
    const { tenant, role } = step;
    await ensureNotPublished(catalog, step);
    const owner = await knownSecret(catalog, tenant, 'owner');
    const next = await nextCredential(catalog, tenant, owner, role);
    await changeLogin(owner, step, async (client) => {
      if ((await catalog.secrets.open(tenant, 'next')) !== next)
        throw failure('TenantStateConflict', 'the rotation was given up meanwhile');
      for (const statement of roleStatements(role, appGroupName(tenant.id), new URL(next).password))
        await client.query(statement);
    });
  };
}

/** Takes the login and the password from the role whose place was taken, and ends its connections. */
export function retireLogin({ catalog }: Dependencies) {
  return async (step: LoginStep): Promise<void> => {
    await ensureNotPublished(catalog, step);
    const owner = await knownSecret(catalog, step.tenant, 'owner');
    await changeLogin(owner, step, (client) => close(client, step.role));
  };
}

/** Removes the login that was to take the present one's place, if it was made, and forgets its credential. */
export function removeNextLogin({ catalog }: Dependencies) {
  return async (step: LoginStep): Promise<void> => {
    await ensureNotPublished(catalog, step);
    // A store of secrets without transactions may have the one where the row does not say so yet.
    const app = new URL(await knownSecret(catalog, step.tenant, 'app'));
    if (decodeURIComponent(app.username) === step.role) throw published(step);
    const owner = await knownSecret(catalog, step.tenant, 'owner');
    await changeLogin(owner, step, async (client) => {
      await catalog.secrets.remove(step.tenant, 'next');
      await close(client, step.role);
      await endConnections(client, step.role);
      await dropUnlessOwner(client, step.role);
    });
  };
}

/** An attempt that outlived its run, or its step, must not touch the login that applications use by now. */
async function ensureNotPublished(catalog: Catalog, step: LoginStep): Promise<void> {
  const { appRole, runId } = await knownTenant(catalog, step.tenant);
  if (runId !== writerOf(step).runId)
    throw failure('TenantStateConflict', 'another run has the tenant in its hands');
  if (appRole === step.role) throw published(step);
}

function published({ role }: LoginStep) {
  return failure('TenantStateConflict', `"${role}" is the login that is published, so it stays`);
}

/** A new password, sealed; or the one of an attempt before this one, unless that was for another place. */
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

/**
 * Works as the owner in one transaction, and one at a time, for an attempt that was taken for dead may still be at it;
 * then ends the connections of whoever came in before.
 */
function changeLogin(
  owner: string,
  { timings, role }: LoginStep,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  return withTenantDatabase(owner, cancellationSignal(), async (client) => {
    await client.query('begin');
    // Whoever waits here for longer was given up.
    await client.query(`set local statement_timeout = ${timings.shortStep}`);
    await client.query("select pg_advisory_xact_lock(hashtext('tenantry'))");
    await work(client);
    await client.query('commit');
    await endConnections(client, role);
  });
}

async function close(client: pg.Client, role: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [role]);
  if (rowCount !== 0) await client.query(`alter role ${pg.escapeIdentifier(role)} nologin password null`);
}

const dependentObjectsExist = '2BP01';

/** What somebody made as this role, and not as the group, stays, and the role with it: closed, as it is. */
async function dropUnlessOwner(client: pg.Client, role: string): Promise<void> {
  await client.query('savepoint closed');
  try {
    await client.query(`drop role if exists ${pg.escapeIdentifier(role)}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === dependentObjectsExist)) throw error;
    await client.query('rollback to closed');
  }
}
