import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationHandle, RehearsedMigrations } from '../../client/index.js';
import { listBranches } from '../../neon/branches.js';
import { connectionUri } from '../../neon/connection-uri.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/* One worker is brought to three moments of a rehearsal, each on a tenant of its own, and is killed. Another one resumes them. */

let t: TestTenantry;
const handles = new Map<string, OperationHandle<RehearsedMigrations>>();
const atTheKill = new Map<string, string>();

beforeAll(async () => {
  // A call that is held is waited for.
  t = await startTenantry({ fleet: { timings: { ...quickTimings, neonCall: 15_000 } } });
  const worker = await startKillableWorker(t);
  await t.writeMigration('0001_notes.sql', 'create table notes (id bigint);\n');
  await Promise.all(
    ['create', 'apply', 'reset', 'terminated'].map((id) => t.tenantry.execute.onboard({ id })),
  );
  await t.writeMigration(
    '0002_tags.sql',
    'create table tags (id bigint);\nalter table notes add column tag text;\n',
  );
  await t.writeMigration('0003_slow.sql', 'select pg_sleep(2);\n');

  const lifts = [
    await held('reset', 'POST', '/branches/*/restore', 'hold-before-apply'),
    await held('create', 'POST', '/branches', 'hold-after-apply'),
  ];
  await started('apply');
  await eventually('the second file is applied', () => sleepsOnBranch('apply'));
  await worker.stop('SIGKILL');
  for (const [id, { workflowId, runId }] of handles)
    atTheKill.set(id, (await t.temporal.workflow.getHandle(workflowId, runId).describe()).status.name);
  for (const lift of lifts) await lift();
  await t.startWorker();
}, 120_000);
afterAll(() => t.stop());

const started = async (id: string) => {
  const handle = await t.tenantry.start.rehearse(id);
  handles.set(id, handle);
  return handle;
};

async function held(
  id: string,
  method: string,
  path: string,
  kind: 'hold-before-apply' | 'hold-after-apply',
) {
  const fault = await t.emulator.addFault({
    match: { method, path: `/projects/${await projectOf(id)}${path}` },
    effect: { kind },
  });
  await started(id);
  // A reset comes after all files.
  await fault.struck(60_000);
  return fault.lift;
}

const projectOf = async (id: string) => (await t.tenantry.get(id))?.projectId ?? '';
const branchesOf = async (id: string) => listBranches(t.neon, await projectOf(id));
const branchNames = async (id: string) => (await branchesOf(id)).map(({ name }) => name);

async function ownerOnBranch(id: string): Promise<string | undefined> {
  const branch = (await branchesOf(id)).find((each) => !each.default);
  const tenant = await t.catalog.tenants.get({ fleet: t.fleet.name, id: tenantIdOf(id) });
  if (branch === undefined || tenant === undefined) return undefined;
  const { databaseName: database, ownerRole: role } = tenant;
  return connectionUri(t.neon, { projectId: await projectOf(id), branchId: branch.id, database, role });
}

async function sleepsOnBranch(id: string): Promise<boolean> {
  const owner = await ownerOnBranch(id).catch(() => undefined);
  if (owner === undefined) return false;
  return withClient(owner, async (client) => {
    const { rowCount } = await client.query(
      "select from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' and pid <> pg_backend_pid()",
    );
    return (rowCount ?? 0) > 0;
  }).catch(() => false);
}

describe('a worker that is killed', () => {
  it('was in the middle of each of them', () => {
    expect(Object.fromEntries(atTheKill)).toEqual({ create: 'RUNNING', apply: 'RUNNING', reset: 'RUNNING' });
  });

  it.each(['create', 'apply', 'reset'])(
    'in its step to %s leaves the rehearsal to another one, with all that was seen before, and no branch stays',
    async (id) => {
      const { files, problem } = (await handles.get(id)?.result()) ?? expect.fail();
      expect(problem).toBeUndefined();
      expect(files).toMatchObject([
        {
          name: '0002_tags',
          run: { locks: [{ table: 'public.notes', mode: 'AccessExclusiveLock' }] },
          againMs: expect.any(Number),
        },
        { name: '0003_slow', againMs: expect.any(Number) },
      ]);
      for (const ms of [files[1]?.run.ms, files[1]?.againMs]) expect(ms).toBeGreaterThan(1_900);
      expect(await branchNames(id)).toEqual(['main']);
      expect(await t.tenantry.get(id)).toMatchObject({ state: 'ready', schemaVersion: '0001_notes' });
    },
  );
});

it('a branch of a run that was terminated is deleted by the sweep', async () => {
  const { workflowId, runId } = await started('terminated');
  await eventually('the second file is applied', () => sleepsOnBranch('terminated'));
  await t.temporal.workflow.getHandle(workflowId, runId).terminate('by hand');
  expect(await branchNames('terminated')).toHaveLength(2);
  await eventually(
    'the sweep is through with it',
    async () => {
      await t.sweep();
      const { state } = (await t.tenantry.get('terminated')) ?? {};
      return (await branchNames('terminated')).length === 1 && state === 'ready';
    },
    30_000,
  );
  expect(await t.tenantry.branches('terminated')).toEqual([]);
});
