import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeAbandoned } from '../../activities/database/scratch-folder.js';
import type { OperationHandle } from '../../client/index.js';
import { listBranches } from '../../neon/branches.js';
import { listEndpoints } from '../../neon/endpoints.js';
import { eventually } from '../support/eventually.js';
import { createExistingProject } from '../support/existing-project.js';
import { holdTurn } from '../support/hold-turn.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { withClient } from '../support/sql.js';
import { freePlan, quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { atStep, dataIn, moveHeldInCopy, tenantWithData, writeIn } from './moving.js';
import { tracesOf } from './traces.js';

/*
 * One worker is brought to a moment in the middle of each operation, each on a tenant of its own, and is killed there, once
 * for all of them. Another one resumes them. A worker for each moment would cost two seconds of processor time.
 */

let t: TestTenantry;

interface Interrupted {
  readonly handle: OperationHandle<unknown>;
  /** How the tenant's application connected before. */
  readonly connection: string;
}

const interrupted = new Map<string, Interrupted>();
const letGo: (() => Promise<unknown>)[] = [];

const region = 'aws-eu-central-1';

/** For how long a call to Neon is waited for, and both logins of a rotation are let in. */
const holdsForMs = 15_000;
/** For how long at most one was held. */
let heldForMs: number;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      plans: { free: freePlan, pro: { ...freePlan, compute: { maxCu: 2 } } },
      timings: {
        ...quickTimings,
        neonCall: holdsForMs,
        databaseDeadline: 60_000,
        rotationOverlap: holdsForMs,
        moveGrace: 600_000,
      },
    },
  });
  // What it copies lies there when it is killed.
  const worker = await startKillableWorker(t, { TMPDIR: t.folder });
  await Promise.all(moving.map((id) => tenantWithData(t, id)));
  await Promise.all(plain.map((id) => t.tenantry.execute.onboard({ id })));
  await t.tenantry.execute.suspend('resume');
  await t.tenantry.execute.offboard('erase', { graceMs: 0 });
  await write('restore', 'before');
  await t.tenantry.execute.snapshot('restore', { name: 'first' });
  await write('restore', 'after');

  await Promise.all(Object.entries(held).map(interrupt));
  const since = Date.now();
  await Promise.all(Object.entries(heldForSeconds).map(interrupt));
  // What reads of tombstones waits too, so it is the last one.
  await interrupt(['erase', reachErase]);
  await worker.stop('SIGKILL');
  heldForMs = Date.now() - since;
  for (const [id, { handle }] of interrupted) atTheKill.set(id, await statusOf(handle));
  for (const go of letGo) await go();
  await t.startWorker();
}, 120_000);

afterAll(() => t.stop());

type Reach = (id: string) => Promise<OperationHandle<unknown>>;

async function interrupt([id, reach]: readonly [string, Reach]): Promise<void> {
  const there = (await t.tenantry.get(id))?.settledState === 'ready';
  const connection = there ? await t.tenantry.connectionString(id) : '';
  interrupted.set(id, { handle: await reach(id), connection });
}

const ended = async (id: string) => {
  const { handle, connection } = interrupted.get(id) ?? expect.fail(`${id} was not interrupted`);
  return { result: (await handle.result()) as Record<string, string>, connection };
};

const moving = ['move in its create', 'move in its copy', 'move before its switch'];
const plain = [
  'suspend',
  'resume',
  'plan',
  'branch',
  'restore',
  'rotate',
  'rotate in its overlap',
  'offboard in its grace',
  'offboard in its deletion',
  'erase',
];

const keyOf = (id: string) => ({ fleet: t.fleet.name, id: tenantIdOf(id) });
const secret = async (id: string, kind: 'owner' | 'next') =>
  (await t.catalog.secrets.open(keyOf(id), kind)) ?? '';
const projectOf = async (id: string) => (await t.tenantry.get(id))?.projectId ?? '';
const connects = (connection: string) =>
  withClient(connection, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );
const write = async (id: string, text: string) =>
  withClient(await t.tenantry.connectionString(id), (client) =>
    client.query('insert into notes (body) values ($1)', [text]),
  );
const notes = (connection: string) =>
  withClient(connection, async (client) => {
    const { rows } = await client.query<{ body: string }>('select body from notes order by id');
    return rows.map(({ body }) => body);
  });

/** Holds a call to Neon once an operation was begun. */
const heldCall =
  (
    kind: 'hold-before-apply' | 'hold-after-apply',
    method: string,
    pathOf: (projectId: string) => string,
    begin: Reach,
  ): Reach =>
  async (id) => {
    const fault = await t.emulator.addFault({
      match: { method, path: pathOf(await projectOf(id)) },
      effect: { kind },
    });
    const handle = await begin(id);
    await fault.struck();
    letGo.push(fault.lift);
    return handle;
  };

/** Holds what locks keep from going on, until `letGo`. */
async function lockedBy(connection: string, lock: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: connection });
  // An operation may end it.
  client.on('error', () => {});
  await client.connect();
  await client.query(`begin; ${lock}`);
  letGo.push(() => client.end());
  return client;
}

const catalogUrl = () => t.environment.TENANTRY_CATALOG_URL ?? '';

/** Waits until a session of that database waits for a lock. */
const waitsForLock = (connection: string, relation: string) =>
  eventually(`${relation} is waited for`, () =>
    withClient(connection, async (client) => {
      const { rowCount } = await client.query(
        'select from pg_locks where relation = $1::regclass and not granted',
        [relation],
      );
      return rowCount !== 0;
    }),
  );

/** These stay where they are until they are let go. */
const held: Record<string, Reach> = {
  async adopt(id) {
    const { project, connection_uris } = await createExistingProject(t);
    const owner = connection_uris[0]?.connection_uri ?? '';
    await eventually('the database answers', () => connects(owner));
    await withClient(owner, (client) => client.query("create table orders as select 'kept' as note"));
    letGo.push((await holdTurn(owner)).release);
    const handle = await t.tenantry.start.adopt(id, { projectId: project.id });
    await waitsForLock(owner, 'tenantry.turn');
    return handle;
  },
  async rotate(id) {
    letGo.push((await holdTurn(await secret(id, 'owner'))).release);
    const handle = await t.tenantry.start.rotateCredentials(id);
    await eventually('the password is sealed', async () => (await secret(id, 'next')) !== '');
    sealed = await secret(id, 'next');
    return handle;
  },
  async 'offboard in its grace'(id) {
    const handle = await t.tenantry.start.offboard(id, { graceMs: 600_000 });
    await inGrace(handle);
    return handle;
  },
  async 'move in its copy'(id) {
    data.set(id, await dataIn(await t.tenantry.connectionString(id)));
    const { handle, release } = await moveHeldInCopy(
      t,
      await t.tenantry.connectionString(id),
      { region },
      id,
    );
    const owner = await secret(id, 'owner');
    // A dump waits for each table.
    await lockedBy(owner, 'lock table billing.invoices in access exclusive mode');
    await release();
    await waitsForLock(owner, 'billing.invoices');
    return handle;
  },
  async 'move before its switch'(id) {
    data.set(id, await dataIn(await t.tenantry.connectionString(id)));
    const { handle, release } = await moveHeldInCopy(
      t,
      await t.tenantry.connectionString(id),
      { region },
      id,
    );
    await lockedBy(catalogUrl(), `select from tenantry.tenants where id = '${id}' for no key update`);
    await release();
    await atStep(t, handle, 'switch');
    return handle;
  },
};

const ofProject = (rest: string) => (projectId: string) => `/projects/${projectId}${rest}`;

/** These stay where they are for seconds, and no longer. */
const heldForSeconds: Record<string, Reach> = {
  async 'rotate in its overlap'(id) {
    const old = await t.tenantry.connectionString(id);
    const handle = await t.tenantry.start.rotateCredentials(id);
    await eventually('the login is published', async () => (await t.tenantry.connectionString(id)) !== old);
    return handle;
  },
  suspend: heldCall('hold-after-apply', 'PATCH', ofProject(''), (id) => t.tenantry.start.suspend(id)),
  resume: heldCall('hold-before-apply', 'PATCH', ofProject(''), (id) => t.tenantry.start.resume(id)),
  plan: heldCall('hold-after-apply', 'PATCH', ofProject(''), (id) =>
    t.tenantry.start.changePlan(id, { plan: 'pro' }),
  ),
  branch: heldCall('hold-after-apply', 'POST', ofProject('/branches'), (id) =>
    t.tenantry.start.branch(id, { name: 'preview' }),
  ),
  restore: heldCall('hold-after-apply', 'POST', ofProject('/snapshots/*/restore'), (id) =>
    t.tenantry.start.restore(id, { to: { snapshot: 'first' } }),
  ),
  'offboard in its deletion': heldCall('hold-after-apply', 'DELETE', ofProject(''), (id) =>
    t.tenantry.start.offboard(id, { graceMs: 0 }),
  ),
  async 'move in its create'(id) {
    data.set(id, await dataIn(await t.tenantry.connectionString(id)));
    const reach = heldCall(
      'hold-after-apply',
      'POST',
      () => '/projects',
      () => t.tenantry.start.move(id, { region }),
    );
    return reach(id);
  },
};

async function reachErase(id: string) {
  await lockedBy(catalogUrl(), 'lock table tenantry.tombstones in access exclusive mode');
  const handle = await t.tenantry.start.erase(id);
  await waitsForLock(catalogUrl(), 'tenantry.tombstones');
  return handle;
}

/** How far each run was when the worker was gone. */
const atTheKill = new Map<string, string>();
const statusOf = async ({ workflowId, runId }: OperationHandle<unknown>) =>
  (await t.temporal.workflow.getHandle(workflowId, runId).describe()).status.name;

/** The password that a rotation had sealed when its worker was killed. */
let sealed = '';
/** Of tenants that are moved, before. */
const data = new Map<string, Awaited<ReturnType<typeof dataIn>>>();

/** Waits until the run waits out its grace. */
const inGrace = ({ workflowId, runId }: OperationHandle<unknown>) =>
  eventually('the grace runs', async () => {
    const steps = await t.temporal.workflow
      .getHandle(workflowId, runId)
      .query<{ status: string; until?: string }[]>('progress');
    return steps.some(({ status, until }) => status === 'running' && until !== undefined);
  });

const branchNames = async (id: string) =>
  (await listBranches(t.neon, await projectOf(id))).map(({ name }) => name).sort();

describe('a worker that is killed', () => {
  it('was in the middle of each of them', () => {
    const all = [...plain, ...moving, 'adopt'].map((id) => [id, 'RUNNING']);
    expect(Object.fromEntries(atTheKill)).toEqual(Object.fromEntries(all));
    expect(heldForMs).toBeLessThan(holdsForMs);
  });

  it('in a suspension leaves it to be ended by another', async () => {
    const { result, connection } = await ended('suspend');
    expect(result).toMatchObject({ state: 'suspended' });
    expect(await connects(connection)).toBe(false);
  });

  it('in a resumption does', async () => {
    await ended('resume');
    const connection = await t.tenantry.connectionString('resume');
    await eventually('the tenant can connect', () => connects(connection));
  });

  it('in a change of plan does, and all of the plan is in force', async () => {
    await ended('plan');
    const [endpoint] = await listEndpoints(t.neon, await projectOf('plan'));
    expect(endpoint).toMatchObject({ autoscaling_limit_max_cu: 2 });
    expect(await t.tenantry.get('plan')).toMatchObject({ state: 'ready', plan: 'pro' });
  });

  it('once Neon made a copy does, and there is one copy', async () => {
    await ended('branch');
    expect(await branchNames('branch')).toEqual(['main', 'support/preview']);
    expect(await notes(await t.tenantry.branchConnectionString('branch', 'preview'))).toEqual([]);
  });

  it('in a restore does, and it restores once', async () => {
    const { result, connection } = await ended('restore');
    expect(await notes(connection)).toEqual(['before']);
    expect(await branchNames('restore')).toEqual([result.keptState, 'main']);
  });

  it('while it makes a login leaves a password that the next one uses', async () => {
    const { connection } = await ended('rotate');
    expect(await t.tenantry.connectionString('rotate')).toBe(sealed);
    expect([await connects(sealed), await connects(connection)]).toEqual([true, false]);
  });

  it('in the overlap of a rotation does not hold it up', async () => {
    const { connection } = await ended('rotate in its overlap');
    const present = await t.tenantry.connectionString('rotate in its overlap');
    expect([await connects(connection), await connects(present)]).toEqual([false, true]);
  });

  it("is missed by no grace of an offboarding: the timer is the server's, and the undo finds the run", async () => {
    const id = 'offboard in its grace';
    const { handle, connection } = interrupted.get(id) ?? expect.fail();
    await inGrace(handle);
    expect(await t.tenantry.execute.undoOffboarding(id)).toMatchObject({ undone: true });
    expect(await connects(connection)).toBe(true);
  });

  it('before it hears of a deletion loses nothing of it', async () => {
    const id = 'offboard in its deletion';
    const { result } = await ended(id);
    expect(result).toMatchObject({ undone: false, state: 'offboarded' });
    expect(await t.tenantry.get(id)).toMatchObject({ state: 'offboarded' });
    expect(await liveProjectsOf(t, id)).toEqual([]);
  });

  it('in an erasure leaves a tombstone all the same, the event that tells of it and nothing else', async () => {
    expect((await ended('erase')).result).toMatchObject({ state: 'none' });
    expect((await tracesOf('erase', catalogUrl())).sort()).toEqual(['events', 'tombstones']);
  });

  it('in an adoption leaves it to be ended by another', async () => {
    expect((await ended('adopt')).result).toMatchObject({ state: 'ready' });
    await withClient(await t.tenantry.connectionString('adopt'), async (client) => {
      expect((await client.query('select note from orders')).rows).toEqual([{ note: 'kept' }]);
    });
  });

  it('leaves what it copied, which is told from what is in use and removed', async () => {
    const copies = async () => (await readdir(t.folder)).filter((name) => name.startsWith('tenantry-copy-'));
    expect(await copies()).not.toEqual([]);
    await removeAbandoned(t.folder);
    expect(await copies()).toEqual([]);
  });

  it.each(moving)('in a %s does, and there is no second project', async (id) => {
    const { result } = await ended(id);
    const after = await t.tenantry.connectionString(id);
    expect(await dataIn(after)).toEqual(data.get(id));
    expect(await writeIn(after)).toEqual({ note: 501, invoice: 501, draft: 3 });
    expect(await liveProjectsOf(t, id)).toEqual([result.projectId, result.formerProjectId].sort());
  });
});
