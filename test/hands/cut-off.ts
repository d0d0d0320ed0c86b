import { getProject, updateProject } from '../../neon/projects.js';
import { tenantWorkflowId } from '../../tenancy/naming.js';
import type { FaultInput } from '../support/emulator.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import type { TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * What a person does to a tenant from outside, and what an outsider sees of it: never what the catalog says, but what
 * Neon and Postgres do.
 */

/** A ready tenant with a table of its own; answers its connection string. */
export async function readyTenant(t: TestTenantry, id: string): Promise<string> {
  await t.tenantry.execute.onboard({ id });
  const connection = await t.tenantry.connectionString(id);
  await withClient(connection, (client) => client.query('create table notes (body text)'));
  return connection;
}

/** Ends the tenant's run as the button in Temporal's UI does: nothing is undone. */
export async function terminate(t: TestTenantry, id: string): Promise<void> {
  await t.temporal.workflow.getHandle(tenantWorkflowId(t.fleet.name, tenantIdOf(id))).terminate('by hand');
}

/**
 * Ends an operation by force at the moment of a call to Neon, and lets that call come to its end.
 * @param start Starts the operation, which makes the call.
 */
export async function cutOffAt(
  t: TestTenantry,
  id: string,
  match: FaultInput['match'],
  start: () => Promise<unknown>,
  kind: 'hold-before-apply' | 'hold-after-apply' = 'hold-after-apply',
): Promise<void> {
  const held = await t.emulator.addFault({ match: { times: 1, ...match }, effect: { kind } });
  await start();
  await held.struck();
  await terminate(t, id);
  await held.lift();
  await atRest(t, id);
}

/** Waits until Neon has nothing under way on the tenant's project. */
export async function atRest(t: TestTenantry, id: string): Promise<void> {
  const projectId = (await t.tenantry.get(id))?.projectId ?? '';
  await eventually('Neon is done', async () => {
    const { operations } = await neonReply<{ operations: { status: string }[] }>(
      t,
      'GET',
      `/projects/${projectId}/operations`,
    );
    return operations.every(({ status }) => status === 'finished');
  });
}

/** One call to Neon's API with the tenant's own key, as from the console. */
export async function neonReply<T>(
  t: TestTenantry,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await fetch(t.emulator.url + path, {
    method,
    headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Sets a quota by hand, or none. */
export async function setQuota(t: TestTenantry, id: string, quota: Readonly<Record<string, number>>) {
  const none = Object.fromEntries(
    ['active_time_seconds', 'compute_time_seconds', 'written_data_bytes', 'data_transfer_bytes'].map(
      (name) => [name, 0],
    ),
  );
  const projectId = (await t.tenantry.get(id))?.projectId ?? '';
  await updateProject(t.neon, projectId, { settings: { quota: { ...none, ...quota } } });
  await atRest(t, id);
}

/** The quota that Neon has. */
export async function quotaOf(t: TestTenantry, id: string): Promise<Readonly<Record<string, number>>> {
  const { settings } = await getProject(t.neon, (await t.tenantry.get(id))?.projectId ?? '');
  return { ...settings?.quota };
}

/** Whether the application gets in. */
export const connects = (connection: string) =>
  withClient(connection, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );

/** Whether the application gets in, and writes. */
export const writes = (connection: string) =>
  withClient(connection, (client) => client.query("insert into notes values ('still here')")).then(
    () => true,
    () => false,
  );

export async function ownerOf(t: TestTenantry, id: string): Promise<string> {
  const tenant = await t.tenantry.get(id);
  return (tenant && (await t.catalog.secrets.open(tenant, 'owner'))) ?? '';
}
