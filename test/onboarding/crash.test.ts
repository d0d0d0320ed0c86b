import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnboardedTenant, OperationHandle } from '../../client/index.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * One worker is brought to every moment of an onboarding, each of a tenant of its own, and is killed there, once for all of
 * them. A worker for each moment would cost two seconds of processor time.
 */

let t: TestTenantry;
const handles = new Map<string, OperationHandle<OnboardedTenant>>();
/** How far each run was when the worker was gone. */
const atTheKill = new Map<string, string>();
const letGo: (() => Promise<unknown>)[] = [];

/** For how long a call to Neon is waited for. */
const holdsForMs = 10_000;
/** For how long at most one was held. */
let heldForMs: number;

/** Waits as long as somebody is connected to the tenant's server under the name `hold-on`. */
const migration = `create table documents (id int);
do $$ begin
  while exists (select from pg_stat_activity where application_name = 'hold-on') loop
    perform pg_sleep(0.02);
    perform pg_stat_clear_snapshot();
  end loop;
end $$;
`;

const moments = {
  asked: 'before Neon makes the project',
  made: 'after the project is made, before the answer is read',
  working: 'while operations run',
  migrating: 'during the migrations',
  publishing: 'before it is published',
} as const;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, neonCall: holdsForMs } } });
  await t.writeMigration('0001_documents.sql', migration);
  const worker = await startKillableWorker(t);

  const known = await onboardHeld('migrating', 'GET', '/projects/*/operations', 'hold-before-apply');
  await hold(await ownerOf('migrating'), 'hold-on');
  await known();
  await eventually('the migration waits', async () =>
    isThere(await ownerOf('migrating'), "query like '%hold-on%' and pid <> pg_backend_pid()"),
  );

  const since = Date.now();
  const publish = await onboardHeld('publishing', 'GET', '/projects/*/operations', 'hold-before-apply');
  letGo.push(await onboardHeld('working', 'GET', '/projects/*/operations', 'hold-before-apply'));
  letGo.push(await onboardHeld('asked', 'POST', '/projects', 'hold-before-apply'));
  letGo.push(await onboardHeld('made', 'POST', '/projects', 'hold-after-apply'));

  // Publishing adds to the history, as does what begins: all of them have begun.
  const holder = await hold(catalogUrl(), 'holder');
  await holder.query('begin; lock table tenantry.history in share mode');
  await publish();
  await eventually('publishing waits', () =>
    isThere(catalogUrl(), "wait_event_type = 'Lock' and query like 'insert into %history%'"),
  );

  await worker.stop('SIGKILL');
  heldForMs = Date.now() - since;
  for (const [id, { workflowId, runId }] of handles) {
    const { status } = await t.temporal.workflow.getHandle(workflowId, runId).describe();
    atTheKill.set(id, status.name);
  }
  for (const go of letGo) await go();
  await t.startWorker();
}, 120_000);

afterAll(() => t.stop());

/** Begins an onboarding and holds its next call of that kind. What it returns lets it go. */
async function onboardHeld(id: string, method: string, path: string, kind: string) {
  const fault = await t.emulator.addFault({ match: { method, path }, effect: { kind } });
  handles.set(id, await t.tenantry.start.onboard({ id }));
  await fault.struck();
  return fault.lift;
}

/** A connection that is there until the worker is killed. */
async function hold(connectionString: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: name });
  client.on('error', () => {});
  await eventually('it gets in', () =>
    client.connect().then(
      () => true,
      () => false,
    ),
  );
  letGo.push(() => client.end());
  return client;
}

const catalogUrl = () => t.environment.TENANTRY_CATALOG_URL ?? '';
const ownerOf = async (id: string) =>
  (await t.catalog.secrets.open({ fleet: t.fleet.name, id: tenantIdOf(id) }, 'owner')) ?? '';

/** Whether a session of that database is such a one. */
const isThere = (connectionString: string, such: string) =>
  withClient(connectionString, async (client) => {
    const { rowCount } = await client.query(`select from pg_stat_activity where ${such}`);
    return rowCount !== 0;
  });

describe('a worker that is killed', () => {
  it('was in the middle of each of them', () => {
    const all = Object.keys(moments).map((id) => [id, 'RUNNING']);
    expect(Object.fromEntries(atTheKill)).toEqual(Object.fromEntries(all));
    expect(heldForMs).toBeLessThan(holdsForMs);
  });

  it.each(Object.entries(moments).map(([id, moment]) => [moment, id] as const))(
    '%s leaves the outcome as it would have been',
    async (_, id) => {
      const { projectId } = (await handles.get(id)?.result()) ?? {};
      expect(await liveProjectsOf(t, id)).toEqual([projectId]);
      expect(await t.tenantry.get(id)).toMatchObject({ state: 'ready', projectId });
      await withClient(await t.tenantry.connectionString(id), async (client) => {
        await client.query('insert into documents values (1)');
      });
    },
  );
});
