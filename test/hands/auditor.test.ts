import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tenantWorkflowId } from '../../tenancy/naming.js';
import type { ProjectRecord } from '../support/emulator.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { audit } from './auditor/audit.js';
import { Witness } from './auditor/witness.js';
import { NeonConsole } from './neon-console.js';
import { resetRun } from './reset-run.js';

let t: TestTenantry;
let neon: NeonConsole;

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, rotationOverlap: 100, branchTtl: 3_600_000 } },
  });
  neon = new NeonConsole(t.emulator);
  await t.writeMigration('0001_notes.sql', 'create table notes (text text);');
  await t.startWorker();
});

/** A test's tenants are its own, and their computes need not run beside those of the next. */
afterEach(async () => {
  for (const project of await t.emulator.liveProjects()) await neon.deleteProject(project);
});

afterAll(() => t.stop());

/** A tenant of a test's own, and whoever saw it come up. */
async function ready(id: string) {
  const witness = new Witness();
  await t.tenantry.execute.onboard({ id });
  await witness.look(t, id);
  return {
    witness,
    audit: () => audit(t, id, witness),
    project: () => projectOf(id),
    key: { fleet: t.fleet.name, id: tenantIdOf(id) },
    asOwner: async (...statements: string[]) =>
      withClient(await neon.ownerConnection(await projectOf(id)), async (client) => {
        for (const statement of statements) await client.query(statement);
      }),
  };
}

async function suspended(id: string) {
  const tenant = await ready(id);
  await t.tenantry.execute.suspend(id);
  return tenant;
}

async function projectOf(id: string): Promise<ProjectRecord> {
  const projectId = (await t.tenantry.get(id))?.projectId;
  const project = (await t.emulator.records()).find((one) => one.id === projectId);
  if (project === undefined) throw new Error(`tenant ${id} has no project`);
  return project;
}

const roleIn = (connection: string) => new URL(connection).username;

/** As the owner, who can. */
const open = (owner: string, role: string) =>
  withClient(owner, async (client) => {
    await client.query(`alter role ${role} login`);
    await client.query(`grant connect on database app to ${role}`);
  });

const setState = (id: string, state: string) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query('update tenants set state = $1 where id = $2', [state, id]),
  );

/** Resets a run, and has the catalog say that it holds the tenant before it can ask. Returns the new run's id. */
const resetUnnoticed = (id: string, run: { readonly workflowId: string; readonly runId: string }) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    await client.query('begin');
    await client.query('lock table tenants in access exclusive mode');
    const { runId } = await (await resetRun(t.temporal, run)).describe();
    const taken = `update tenants set state = 'updating', run_id = $1 where id = $2`;
    await client.query(taken, [runId, id]);
    await client.query('commit');
    return runId;
  });

describe('the auditor', () => {
  it('finds nothing where all is well, from the first day of a tenant to the last', async () => {
    const { audit, witness } = await ready('well');
    await t.tenantry.execute.rotateCredentials('well');
    await witness.look(t, 'well');
    expect(witness.published.size).toBe(2);
    expect(await audit()).toEqual([]);
    await t.tenantry.execute.suspend('well');
    expect(await audit()).toEqual([]);
    await t.tenantry.execute.offboard('well', { graceMs: 0 });
    expect(await audit()).toEqual([]);
    await t.tenantry.execute.erase('well');
    expect(await audit()).toEqual([]);
  });

  more('finds nothing where all is well with what is kept beside a live database', async () => {
    const { audit, witness } = await ready('rich');
    await t.tenantry.execute.branch('rich', { name: 'support' });
    await t.tenantry.execute.snapshot('rich', { name: 'monday' });
    await t.tenantry.execute.restore('rich', { to: { snapshot: 'monday' } });
    await witness.look(t, 'rich');
    expect(await audit()).toEqual([]);
    await t.tenantry.execute.move('rich', { region: 'aws-eu-central-1' });
    await witness.look(t, 'rich');
    expect(witness.published.size).toBe(2);
    expect(await audit()).toEqual([]);
  });

  it('finds nothing of a tenant that never came to be', async () => {
    expect(await audit(t, 'nobody', new Witness())).toEqual([]);
  });
});

/** That the auditor sees is tested with some of what it looks for; all of it is left to the long form. */

describe('of a tenant that is said to be ready, the auditor says', () => {
  more('that its project is gone', async () => {
    const { audit, project } = await ready('gone');
    const { id } = await project();
    await neon.deleteProject({ id });
    expect(await audit()).toContainEqual(`gone is ready: Neon has no project ${id}`);
  });

  more('that a second project bears its name', async () => {
    const { audit } = await ready('twice');
    await neon.createProject(`${t.fleet.name}-twice-again`);
    expect(await audit()).toEqual([
      expect.stringMatching(/^twice is ready: project .*-twice-again", is at Neon, and nothing says/),
    ]);
  });

  it('that its computes cannot start, and nobody gets in', async () => {
    const { audit, project } = await ready('zeroed');
    await neon.zeroQuota(await project());
    await eventually('its compute ends', async () => (await project()).branches[0]?.compute === 'stopped');
    expect(await audit()).toEqual([
      'zeroed is ready: its computes cannot start: ACTIVE_TIME_QUOTA_EXCEEDED',
      expect.stringMatching(/^zeroed is ready: its published login does not write: .*quota/),
      expect.stringMatching(/^zeroed is ready: the owner's credential that is kept is refused: .*quota/),
    ]);
  });

  it('that its published login does not get in', async () => {
    const { audit, asOwner } = await ready('closed');
    const role = roleIn(await t.tenantry.connectionString('closed'));
    await asOwner(`alter role ${role} nologin`);
    expect(await audit()).toEqual([
      `closed is ready: its published login does not write: role "${role}" is not permitted to log in`,
    ]);
  });

  more('that its published login may only read', async () => {
    const { audit, asOwner } = await ready('reader');
    const role = roleIn(await t.tenantry.connectionString('reader'));
    await asOwner(`alter role ${role} set default_transaction_read_only = on`);
    expect(await audit()).toEqual([
      expect.stringMatching(/^reader is ready: its published login does not write: cannot execute INSERT/),
    ]);
  });

  more('that its published login leads into the project of another', async () => {
    const { audit, key, project } = await ready('strayed');
    await ready('other');
    await t.catalog.secrets.put(key, 'app', await t.tenantry.connectionString('other'));
    expect(await audit()).toContainEqual(
      `strayed is ready: what its published login writes is not in project ${(await project()).id}`,
    );
  });

  it('that a login which was published before still gets in', async () => {
    const { audit, witness, asOwner } = await ready('rotated');
    const before = new URL(await t.tenantry.connectionString('rotated'));
    await t.tenantry.execute.rotateCredentials('rotated');
    await witness.look(t, 'rotated');
    expect(await audit()).toEqual([]);
    await asOwner(
      `alter role ${before.username} login password '${before.password}'`,
      `grant connect on database app to ${before.username}`,
    );
    expect(await audit()).toEqual([
      `rotated is ready: the login "${before.username}" at ${before.host}, which was published before, still gets in`,
      `rotated is ready: the role "${before.username}" can log in, and nobody knows it`,
    ]);
  });

  more('that a stranger can log in', async () => {
    const { audit, asOwner } = await ready('visited');
    await asOwner('create role stranger login', 'grant connect on database app to stranger');
    expect(await audit()).toEqual(['visited is ready: the role "stranger" can log in, and nobody knows it']);
  });

  more("that the owner's credential which is kept is dead", async () => {
    const { audit, project } = await ready('reset');
    await neon.resetOwnerPassword(await project());
    expect(await audit()).toEqual([
      expect.stringMatching(/^reset is ready: the owner's credential that is kept is refused: password/),
    ]);
  });

  more('that its copy, or its snapshot, is not there', async () => {
    const { audit, project } = await ready('robbed');
    await t.tenantry.execute.branch('robbed', { name: 'copy' });
    await t.tenantry.execute.snapshot('robbed', { name: 'monday' });
    const { id } = await project();
    await neon.deleteBranch(await project(), 'support/copy');
    await neon.deleteSnapshot(await project(), 'monday');
    expect(await audit()).toEqual([
      `robbed is ready: branch "copy" is told of, and project ${id} does not have it`,
      `robbed is ready: snapshot "monday" is told of, and project ${id} does not have it`,
    ]);
  });

  more('that a copy or a snapshot is gone which was there, though nothing tells of it any more', async () => {
    const { audit, witness, project, key } = await ready('emptied');
    await t.tenantry.execute.branch('emptied', { name: 'copy' });
    await t.tenantry.execute.snapshot('emptied', { name: 'monday' });
    await witness.look(t, 'emptied');
    expect(await audit()).toEqual([]);
    const { id } = await project();
    await neon.deleteBranch(await project(), 'support/copy');
    await neon.deleteSnapshot(await project(), 'monday');
    await t.catalog.resources.remove(key, 'branch', 'copy');
    await t.catalog.resources.remove(key, 'snapshot', 'monday');
    expect(await audit()).toEqual([
      `emptied is ready: snapshot "monday" was in project ${id}, and nobody deleted it`,
      `emptied is ready: branch "support/copy" was in project ${id}, and nobody deleted it`,
    ]);
  });

  more('nothing of a copy or a snapshot that somebody had deleted', async () => {
    const { audit, witness } = await ready('tidied');
    await t.tenantry.execute.branch('tidied', { name: 'copy' });
    await t.tenantry.execute.snapshot('tidied', { name: 'monday' });
    await witness.look(t, 'tidied');
    await t.tenantry.removeBranch('tidied', 'copy');
    await t.tenantry.removeSnapshot('tidied', 'monday');
    expect(witness.kept.size).toBe(2);
    expect(await audit()).toEqual([]);
  });

  more('that a run of it is open, and that another was ended by nobody who may', async () => {
    const { audit } = await ready('held');
    const held = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'hold-before-apply' },
    });
    const snapshot = await t.tenantry.start.snapshot('held', { name: 'one' });
    await held.struck();
    await setState('held', 'ready');
    expect(await audit()).toContainEqual(
      `held is ready: run ${snapshot.runId} of snapshotTenant is open, and nothing says so`,
    );
    await t.temporal.workflow.getHandle(snapshot.workflowId, snapshot.runId).terminate('to save money');
    const ended = `held is ready: run ${snapshot.runId} of snapshotTenant was terminated: to save money`;
    await eventually('that is to be seen', async () => (await audit()).includes(ended));
    await held.lift();
  });

  more('that a copy, or the remains of a restore, are there of which nothing tells', async () => {
    const { audit, project } = await ready('littered');
    const { id } = await project();
    for (const name of ['support/ghost', 'before-restore-ghost', 'restored-ghost'])
      await neon.createBranch({ id }, name);
    expect(await audit()).toEqual([
      `littered is ready: project ${id} has branch "ghost", and nothing tells of it`,
      `littered is ready: project ${id} has kept-state "before-restore-ghost", and nothing tells of it`,
      `littered is ready: project ${id} has the remains of a restore, branch "restored-ghost"`,
    ]);
  });

  more('that a copy whose time is up is still told of', async () => {
    const { audit, project, key } = await ready('late');
    await neon.createBranch(await project(), 'support/old');
    const expiresAt = new Date(Date.now() - 60_000);
    const { id: projectId } = await project();
    await t.catalog.resources.put(key, { kind: 'branch', name: 'old', projectId, neonId: 'br', expiresAt });
    expect(await audit()).toEqual([
      `late is ready: branch "old" was to be seen to at ${expiresAt.toISOString()}, and is still told of`,
    ]);
  });

  more('that its last run came to another end', async () => {
    const { audit } = await suspended('lied');
    await setState('lied', 'ready');
    expect(await audit()).toContainEqual(
      'lied is ready: its last run, a suspendTenant, completed as suspended',
    );
  });

  more('that a run which was reset did something without the tenant', async () => {
    const { audit } = await ready('stale');
    const workflowId = tenantWorkflowId(t.fleet.name, tenantIdOf('stale'));
    const rotation = await t.tenantry.start.rotateCredentials('stale');
    await rotation.result();
    const snapshot = await t.tenantry.start.snapshot('stale');
    await snapshot.result();
    const refused = await resetRun(t.temporal, rotation);
    await expect(refused.result()).rejects.toMatchObject({ cause: { type: 'StaleRun' } });
    expect(await audit()).toEqual([]);
    const runId = await resetUnnoticed('stale', snapshot);
    await t.temporal.workflow.getHandle(workflowId, runId).result();
    expect(await audit()).toContainEqual(
      `stale is ready: run ${runId} of snapshotTenant was reset, and did takeSnapshot without its tenant`,
    );
  });

  more('that a secret is in a history', async () => {
    const { audit, witness } = await ready('told');
    const [secret] = [...witness.secrets];
    const { workflowId, firstExecutionRunId } = await t.temporal.workflow.start('snapshotTenant', {
      workflowId: 'a talkative one',
      taskQueue: t.taskQueue,
      args: [{ tenant: { fleet: t.fleet.name, id: 'told' }, hint: `it is ${secret}` }],
    });
    await eventually('the run is to be seen', async () => (await audit()).length > 0);
    expect(await audit()).toEqual([
      `told is ready: a secret is in the history of snapshotTenant ${workflowId}, run ${firstExecutionRunId}`,
    ]);
  });
});

describe('of a tenant that is said to be suspended, the auditor says', () => {
  more('that its owner gets in, and wakes its compute', async () => {
    const { audit, project } = await suspended('raised');
    await neon.raiseQuota(await project());
    const { id, endpoints } = await project();
    expect(await audit()).toEqual([
      `raised is suspended: its quota lets computes start in project ${id}`,
      'raised is suspended: its owner gets in',
    ]);
    // By now its owner has been in.
    expect(await audit()).toEqual([
      `raised is suspended: its quota lets computes start in project ${id}`,
      'raised is suspended: its owner gets in',
      'raised is suspended: the compute of branch "main" runs',
      `raised is suspended: compute ${endpoints[0]?.id} is active`,
    ]);
  });

  more('that its application gets in', async () => {
    const { audit, project, witness } = await suspended('opened');
    const [published = ''] = [...witness.published];
    await neon.raiseQuota(await project());
    await open(await neon.ownerConnection(await project()), roleIn(published));
    expect(await audit()).toContainEqual(
      `opened is suspended: the login "${roleIn(published)}" at ${new URL(published).host}, which was published before, still gets in`,
    );
  });
});

describe('of a tenant that is said to be gone, the auditor says', () => {
  more('that Neon still has its project', async () => {
    const { audit, project, witness } = await ready('back');
    const { id, name } = await project();
    await t.tenantry.execute.offboard('back', { graceMs: 0 });
    await neon.recoverProject({ id });
    await neon.raiseQuota({ id });
    const [published = ''] = [...witness.published];
    await open(await neon.ownerConnection({ id }), roleIn(published));
    const found = [
      `Neon still has project ${id}, "${name}"`,
      `the login "${roleIn(published)}" at ${new URL(published).host}, which was published before, still gets in`,
      `project ${id}, "${name}", is at Neon, and nothing says that it is to go`,
    ];
    expect(await audit()).toEqual(found.map((one) => `back is offboarded: ${one}`));
    await setState('back', 'failed');
    expect(await audit()).toEqual(found.map((one) => `back is failed: ${one}`));
  });
});

describe('of a tenant in a state that passes, the auditor says', () => {
  it('that nobody is at work, unless somebody is or it asks for attention', async () => {
    const { audit } = await ready('cut');
    const held = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'hold-before-apply' },
    });
    const snapshot = await t.tenantry.start.snapshot('cut', { name: 'one' });
    await held.struck();
    expect(await audit()).toEqual([]);
    const run = t.temporal.workflow.getHandle(
      tenantWorkflowId(t.fleet.name, tenantIdOf('cut')),
      snapshot.runId,
    );
    await run.terminate('by hand');
    expect(await audit()).toEqual(['cut is updating: no run of it is open, and nothing asks for attention']);
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(`update tenants set failure = '{"type":"Unexpected","message":"look"}' where id = 'cut'`),
    );
    expect(await audit()).toEqual([]);
    await held.lift();
  });
});
