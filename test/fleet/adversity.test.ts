import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutHandle } from '../../client/index.js';
import { rolloutMemberId, rolloutWorkflowId } from '../../tenancy/naming.js';
import { resetRun } from '../hands/reset-run.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * What people do to a rollout's run in Temporal's UI, and what a rollout waits for in vain.
 */

let t: TestTenantry;
const ids = ['alpha', 'bravo', 'charlie', 'delta'];

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, deployGrace: 2_000 } } });
  await t.startWorker({
    workflowsPath: fileURLToPath(new URL('./support/own-workflows.ts', import.meta.url)),
  });
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await Promise.all(ids.map((id) => t.tenantry.execute.onboard({ id })));
});
afterAll(() => t.stop());

const runOf = ({ id }: RolloutHandle) => t.temporal.workflow.getHandle(rolloutWorkflowId(t.fleet.name, id));

/** As if nobody had looked for an hour, the sweep takes it up. */
async function takenUp(): Promise<void> {
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(`update tenantry.rollouts set seen_at = now() - interval '1 hour' where ended_at is null`),
  );
  await t.sweep();
}

const begunBy = async (id: string, rollout: string) =>
  (await t.tenantry.history(id)).filter(
    ({ event, detail }) => event === 'began' && detail.rollout === rollout,
  );

describe("a rollout's run", () => {
  it('that was terminated runs no workflow of the user again that has succeeded meanwhile', async () => {
    const handle = await t.tenantry.fleet.start({ verb: 'workflow', workflow: 'ownWork', parallel: 4 });
    const own = ids.map((id) =>
      t.temporal.workflow.getHandle(rolloutMemberId(t.fleet.name, handle.id, tenantIdOf(id))),
    );
    for (const run of own)
      await eventually('it runs', () =>
        run.describe().then(
          () => true,
          () => false,
        ),
      );
    await runOf(handle).terminate();
    const runIds = await Promise.all(own.map(async (run) => (await run.describe()).runId));
    await Promise.all(own.map((run) => run.signal('finish')));
    await Promise.all(own.map((run) => run.result()));
    await takenUp();
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 4 } });
    expect(await Promise.all(own.map(async (run) => (await run.describe()).runId))).toEqual(runIds);
  });

  it('that was reset treats everybody once, and comes to its end', async () => {
    const handle = await t.tenantry.fleet.start({ verb: 'snapshot', name: 'reset', parallel: 1 });
    await eventually('one is treated', async () => (await handle.status()).counts.succeeded === 1);
    const { runId } = await runOf(handle).describe();
    await resetRun(t.temporal, { workflowId: rolloutWorkflowId(t.fleet.name, handle.id), runId });
    await eventually('it is over', async () => {
      await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
        client.query('update tenantry.rollout_tenants set not_before = null where not_before is not null'),
      );
      await runOf(handle)
        .signal('lookAgain')
        .catch(() => {});
      return (await handle.status()).state === 'done';
    });
    expect((await handle.status()).counts).toMatchObject({ succeeded: 4, failed: 0 });
    for (const id of ids) expect(await begunBy(id, handle.id)).toHaveLength(1);
  });

  it('that a person cancels is paused, and goes on when it is told to', async () => {
    const handle = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: 'ownWork',
      input: { for: 'a cancellation' },
      parallel: 1,
    });
    await eventually('one runs', async () => (await handle.status()).counts.running === 1);
    const own = (id: string) =>
      t.temporal.workflow.getHandle(rolloutMemberId(t.fleet.name, handle.id, tenantIdOf(id)));
    await runOf(handle).cancel();
    await eventually('it is paused', async () => (await handle.status()).state === 'paused');
    await own('alpha').signal('finish');
    await eventually('one is treated', async () => (await handle.status()).counts.succeeded === 1);
    expect((await handle.status()).counts).toMatchObject({ waiting: 3, running: 0 });
    await handle.resume();
    for (const id of ids.slice(1))
      await eventually(`${id} ends`, () =>
        own(id)
          .signal('finish')
          .then(
            () => true,
            () => false,
          ),
      );
    expect(await handle.result()).toMatchObject({ state: 'done', counts: { succeeded: 4 } });
  });
});

describe('a rollout that waits', () => {
  it('for a worker that knows its workflow says so', async () => {
    const handle = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: 'nobodyKnowsIt',
      where: { idPrefix: 'alpha' },
    });
    const why = 'its workflow nobodyKnowsIt does not get on with alpha: ';
    await eventually('it says so', async () => (await handle.whyStuck())?.startsWith(why) === true);
    expect(await handle.whyStuck()).toMatch(
      /no such function is exported by the workflow bundle; tried \d+ times$/,
    );
    expect(await t.tenantry.attention()).toContainEqual({
      kind: 'rollout-stuck',
      message: expect.stringContaining(why),
      command: `fleet status ${handle.id}`,
    });
    const { stdout } = await runTenantry(['fleet', 'status', handle.id], t.environment);
    expect(stdout).toContain(why);
    await handle.abort();
    await t.temporal.workflow
      .getHandle(rolloutMemberId(t.fleet.name, handle.id, tenantIdOf('alpha')))
      .terminate();
    await eventually('it is over', async () => (await handle.status()).state === 'aborted');
    expect(await handle.whyStuck()).toBeUndefined();
  });

  it('for a worker that has the migration says so, stops when none comes, and goes on once it is there', async () => {
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', to: '0002_tags' });
    await eventually('it says so', async () => (await handle.status()).trouble !== undefined);
    expect((await handle.status()).trouble).toMatch(
      /waiting for a worker .* has the migration 0002_tags\.sql/,
    );
    expect(await handle.result()).toMatchObject({
      state: 'stopped',
      trouble: expect.stringContaining('did not come within 2 s'),
      counts: { failed: 0 },
    });
    await t.writeMigration('0002_tags.sql', 'create table tags (id int);\n');
    await handle.resume();
    expect(await handle.result()).toMatchObject({
      state: 'done',
      trouble: undefined,
      counts: { succeeded: 4 },
    });
  });

  it('for a worker in vain says since when', async () => {
    const handle = await t.tenantry.fleet.start({
      verb: 'workflow',
      workflow: 'ownWork',
      where: { idPrefix: 'z' },
    });
    await handle.result();
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(
        `update tenantry.rollouts set seen_at = now() - interval '1 hour', ended_at = null, enrolled_at = null where id = $1`,
        [handle.id],
      ),
    );
    const { stdout } = await runTenantry(['fleet', 'status', handle.id], t.environment);
    expect(stdout).toContain(`no worker has looked at it for 1h`);
    expect(stdout).toContain(rolloutWorkflowId(t.fleet.name, handle.id));
    expect(await handle.abort()).toMatchObject({ state: 'aborted' });
  });
});
