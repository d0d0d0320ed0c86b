import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OperationCancelledError, type OperationHandle } from '../../client/index.js';
import { companionQueue } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterEach(async () => {
  await t.emulator.liftFaults();
  await t.removeMigrations();
});

afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

async function expectNothingLeft(reason: object): Promise<void> {
  const tenant = await t.tenantry.get(acme);
  expect(tenant).toMatchObject({ state: 'failed', projectId: undefined, failure: reason });
  expect(await liveProjectsOf(t, acme)).toEqual([]);
  if (tenant === undefined) throw new Error('the tenant is gone');
  expect(await t.catalog.secrets.open(tenant, 'owner')).toBeUndefined();
  expect(await t.catalog.secrets.open(tenant, 'app')).toBeUndefined();
}

/** The activities on the queue for calls to Neon, each with the priority that it was scheduled with. */
async function prioritiesAtNeon({
  workflowId,
  runId,
}: Pick<OperationHandle<unknown>, 'workflowId' | 'runId'>) {
  const { events } = await t.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.taskQueue?.name === companionQueue(t.taskQueue, 'neon')
      ? [[scheduled.activityType?.name, scheduled.priority?.priorityKey ?? 0]]
      : [],
  );
}

describe('an onboarding that fails', () => {
  it('on a syntax error in a migration names file and line, removes the project, and can be tried again', async () => {
    await t.writeMigration('0001_good.sql', 'create table good (id int);\n');
    await t.writeMigration(
      '0002_bad.sql',
      '-- A heading.\n-- Up Migration\ncreate table fine (id int);\n\ncreate tabel wrong (id int);\n-- Down Migration\n',
    );
    const failing = await t.tenantry.start.onboard({ id: acme });
    const reason = {
      type: 'MigrationFailed',
      message: expect.stringContaining('0002_bad.sql, line 5: syntax_error (42601): syntax error'),
    };
    await expect(failing.result()).rejects.toMatchObject({ code: 'OPERATION_FAILED', reason });
    await expectNothingLeft(reason);

    await t.writeMigration('0002_bad.sql', 'create table right_now (id int);\n');
    const again = await t.tenantry.start.onboard({ id: acme });
    expect(again.runId).not.toBe(failing.runId);
    await again.result();
    expect(await liveProjectsOf(t, acme)).toHaveLength(1);
    expect(await t.tenantry.get(acme)).toMatchObject({
      state: 'ready',
      failure: undefined,
      schemaVersion: '0002_bad',
    });
  });

  it('on an operation of Neon that ends in error says which, and removes the project before others’ calls', async () => {
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error', action: 'start_compute' },
    });
    const reason = {
      type: 'NeonOperationFailed',
      message: expect.stringContaining('start_compute ended as error'),
    };
    const failing = await t.tenantry.start.onboard({ id: acme });
    await expect(failing.result()).rejects.toMatchObject({ reason });
    await expectNothingLeft(reason);
    const [first, ...undoing] = await prioritiesAtNeon(failing);
    // 0 is the usual one, which is 3.
    expect(first).toEqual(['createProject', 0]);
    expect(undoing.map(([name]) => name)).toContain('deleteProject');
    expect(undoing.every(([, priority]) => priority === 2)).toBe(true);
  });

  it('on a project limit says so in the words of Neon, and leaves nothing to remove', async () => {
    const before = (await t.emulator.calls()).length;
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: {
        kind: 'status',
        status: 422,
        body: { code: 'PROJECTS_LIMIT_EXCEEDED', message: 'projects limit exceeded', request_id: 'r' },
      },
    });
    const reason = { type: 'NeonLimitReached', message: expect.stringContaining('projects limit exceeded') };
    await expect(t.tenantry.execute.onboard({ id: acme })).rejects.toMatchObject({ reason });
    await expectNothingLeft(reason);
    expect((await t.emulator.calls()).slice(before).map(({ method }) => method)).toEqual(['POST']);
  });

  it('surfaces its first error and what is left, when the project cannot be deleted either', async () => {
    await t.writeMigration('0001_bad.sql', 'nonsense;\n');
    await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*' },
      effect: { kind: 'status', status: 403, body: { code: '', message: 'not allowed' } },
    });
    await expect(t.tenantry.execute.onboard({ id: acme })).rejects.toMatchObject({
      reason: {
        type: 'MigrationFailed',
        message: expect.stringMatching(/0001_bad.sql, line 1.*; could not delete the project$/),
      },
    });
    const [left] = await liveProjectsOf(t, acme);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'failed', projectId: undefined });
    // Whoever comes next goes on with that: another onboarding, or the sweep.
    const { projects } = await t.tenantry.exportRecord(acme);
    expect(projects).toMatchObject([{ role: 'condemned', projectId: left, dueAt: expect.any(String) }]);

    await t.writeMigration('0001_bad.sql', 'select 1;\n');
    const { projectId } = await t.tenantry.execute.onboard({ id: acme });
    expect(await liveProjectsOf(t, acme)).toEqual([projectId]);
    expect(projectId).not.toBe(left);
  });
});

const create = { method: 'POST', path: '/projects' } as const;

describe('an onboarding that is cancelled', () => {
  it.each([
    ['before Neon makes the project', 'hold-before-apply'],
    ['after Neon made the project, before its answer is read', 'hold-after-apply'],
  ])('%s leaves nothing behind, and can be asked for again', async (_, kind) => {
    const hold = await t.emulator.addFault({ match: create, effect: { kind } });
    const handle = await t.tenantry.start.onboard({ id: acme });
    await hold.struck();
    await handle.cancel();
    await expectCancelled(handle);
    await hold.lift();
    expect(await liveProjectsOf(t, acme)).toEqual([]);

    await t.tenantry.execute.onboard({ id: acme });
    expect(await liveProjectsOf(t, acme)).toHaveLength(1);
  });

  it('while Neon is at work on the project removes it as soon as Neon lets go', async () => {
    const hang = await t.emulator.addFault({
      match: create,
      effect: { kind: 'hang-operation', action: 'start_compute' },
    });
    const handle = await t.tenantry.start.onboard({ id: acme });
    await hang.struck();
    await handle.cancel();
    await eventually('the delete is refused', async () =>
      (await t.emulator.calls()).some(({ method, status }) => method === 'DELETE' && status === 423),
    );
    await hang.lift();
    await expectCancelled(handle);
  });

  it('in the middle of a migration stops the migration too', async () => {
    await t.writeMigration('0001_slow.sql', 'select pg_sleep(30);\n');
    const handle = await t.tenantry.start.onboard({ id: acme });
    await eventually('the migration runs', async () => {
      const tenant = await t.tenantry.get(acme);
      const owner = tenant && (await t.catalog.secrets.open(tenant, 'owner'));
      if (owner === undefined) return false;
      return withClient(owner, async (client) => {
        const running =
          "select from pg_stat_activity where query like '%pg_sleep(30)%' and pid <> pg_backend_pid()";
        return (await client.query(running)).rows.length > 0;
      }).catch(() => false);
    });
    await handle.cancel();
    await expectCancelled(handle);
  });
});

async function expectCancelled(handle: OperationHandle<unknown>): Promise<void> {
  await expect(handle.result()).rejects.toThrow(OperationCancelledError);
  await expectNothingLeft({ type: 'Cancelled', message: '"onboard" was cancelled' });
}
