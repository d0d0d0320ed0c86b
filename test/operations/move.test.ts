import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { OperationFailedError } from '../../client/index.js';
import { getProject } from '../../neon/projects.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { dataIn, hostOf, moveHeldInCopy, refusalOf, tenantWithData, writeIn } from './moving.js';

let t: TestTenantry;

/** Long enough that no former project is retired in a test that is about something else. */
const moveGrace = 600_000;

let shared: TestTenantry;

beforeAll(async () => {
  t = shared = await startTenantry({ fleet: { timings: { ...quickTimings, moveGrace } } });
  await t.startWorker();
});

afterEach(() => shared.emulator.liftFaults());
afterAll(() => shared.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

const region = 'aws-eu-central-1';
const liveIds = () => liveProjectsOf(t, acme);
const sides = async () => {
  const tenant = await t.tenantry.get(acme);
  return tenant === undefined
    ? []
    : (await t.catalog.projects.list(tenant)).filter(({ role }) => role !== 'live' && role !== 'gone');
};
const ownerOf = async () => {
  const tenant = await t.tenantry.get(acme);
  return (tenant && (await t.catalog.secrets.open(tenant, 'owner'))) ?? '';
};

describe('moving a tenant', () => {
  it('brings everything into a project of the other region, and only the host of its address changes', async () => {
    const before = await tenantWithData(t, acme);
    const former = await t.tenantry.get(acme);
    const data = await dataIn(before);

    const handle = await t.tenantry.start.move(acme, { region });
    const moved = await handle.result();
    const after = await t.tenantry.connectionString(acme);
    expect(moved).toMatchObject({
      id: acme,
      state: 'ready',
      formerProjectId: former?.projectId,
      meanwhile: 'read-only',
    });
    expect(await getProject(t.neon, moved.projectId)).toMatchObject({ region_id: region });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', projectId: moved.projectId });
    expect(hostOf(after)).not.toBe(hostOf(before));
    expect(after.replace(hostOf(after), hostOf(before))).toBe(before);

    expect(await dataIn(after)).toEqual(data);
    expect(await writeIn(after)).toEqual({ note: 501, invoice: 501, draft: 3 });
    // What the application made is its own still, and what a migration kept from it is kept from it.
    expect(await refusalOf(after, 'alter table drafts add column more text')).toBeUndefined();
    expect(await refusalOf(after, `select shout('a')`)).toBe('42501');
    expect(await refusalOf(after, 'select * from tenantry.migrations')).toBe('42501');
    // Nobody is left in the former project.
    expect(await refusalOf(before, 'select 1')).toBe('28000');

    const { password } = new URL(after);
    const history = await historyText(t.temporal, handle);
    expect(history).toContain(moved.projectId);
    expect(history).not.toContain(password);
    expect((await t.tenantry.history(acme)).filter(({ operation }) => operation === 'move')).toMatchObject([
      { event: 'began', state: 'moving', detail: { region } },
      { event: 'succeeded', state: 'ready', detail: { projectId: moved.projectId } },
    ]);
  });

  more(
    'goes through although the tenant makes tables and an index while its schema is tried, and brings later migrations there',
    async () => {
      const connection = await tenantWithData(t, acme);
      await withClient(connection, async (client) => {
        await client.query('create table plain (id int)');
        await client.query('begin');
        // What the dump alone has to wait for, which has looked at the catalog before.
        await client.query('lock table plain in access exclusive mode');
        const handle = await t.tenantry.start.move(acme, { region });
        await withClient(await ownerOf(), (owner) =>
          eventually('the dump waits', async () => {
            const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and query ilike 'lock table%'`;
            return (await owner.query(waiting)).rows.length > 0;
          }),
        );
        const made = 'create table latest (id int primary key); create index on latest ((id + 1))';
        expect(await refusalOf(connection, made)).toBeUndefined();
        await client.query('commit');
        await handle.result();
      });
      const after = await t.tenantry.connectionString(acme);
      expect(await refusalOf(after, 'insert into latest values (1)')).toBeUndefined();
      // They run as the same owner.
      await withClient(await ownerOf(), (client) => client.query('create table billing.payments (id int)'));
      expect(await refusalOf(after, 'insert into billing.payments values (1)')).toBeUndefined();
    },
  );

  more('refuses writes of a client that allows itself to write, and lets it read', async () => {
    const connection = await tenantWithData(t, acme);
    const { handle, release } = await moveHeldInCopy(t, connection, undefined, acme);
    const allow = ['set default_transaction_read_only = off', 'begin read write'];
    const write = `insert into drafts (body) values ('1')`;
    expect(await refusalOf(connection, write)).toBe('25006');
    for (const statement of [
      write,
      'delete from billing.invoices',
      `select nextval('drafts_id_seq')`,
      'create table mine ()',
      'alter table drafts add column mine text',
    ])
      expect(await refusalOf(connection, ...allow, statement), statement).toBe('42501');
    expect(await refusalOf(connection, 'select * from drafts')).toBeUndefined();
    await release();
    await handle.result();
  });

  more('lets nobody log in meanwhile where a function could write for them', async () => {
    const connection = await tenantWithData(t, acme);
    await withClient(await ownerOf(), (client) =>
      client.query(
        `create function write() returns void language sql security definer as $$ insert into notes (body) values ('x') $$`,
      ),
    );
    const { handle, release } = await moveHeldInCopy(t, connection, undefined, acme);
    expect(await refusalOf(connection, 'select 1')).toBe('28000');
    await release();
    expect(await handle.result()).toMatchObject({ meanwhile: 'closed' });
    expect(await refusalOf(await t.tenantry.connectionString(acme), 'select write()')).toBeUndefined();
  });
});

describe('a move that fails', () => {
  const expectAsBefore = async (
    connection: string,
    before: Awaited<ReturnType<typeof dataIn>>,
    ids: string[],
  ) => {
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', projectId: ids[0] });
    expect(await t.tenantry.connectionString(acme)).toBe(connection);
    expect(await liveIds()).toEqual(ids);
    expect(await sides()).toEqual([]);
    const tenant = await t.tenantry.get(acme);
    const kinds = tenant && (await t.catalog.secrets.kinds(tenant)).map(({ kind }) => kind);
    expect(kinds).toEqual(['app', 'owner']);
    expect(await dataIn(connection)).toEqual(before);
    expect(await refusalOf(connection, 'alter table drafts add column more text')).toBeUndefined();
    expect(await writeIn(connection)).toEqual({ note: 501, invoice: 501, draft: 3 });
    const leftRoles = `select rolname from pg_roles where rolname like '%reader'`;
    expect(await withClient(connection, async (client) => (await client.query(leftRoles)).rows)).toEqual([]);
  };

  it.each([
    ['at Neon', 'NeonOperationFailed', undefined],
    [
      'in the comparison',
      'CopyDiffers',
      `create function started() returns timestamptz language sql immutable as 'select pg_postmaster_start_time()';
       create table places (id int, place timestamptz generated always as (started()) stored);
       insert into places values (1)`,
    ],
  ])('%s leaves the tenant as it was, and no second project', async (_where, type, preparation) => {
    const connection = await tenantWithData(t, acme);
    const [before, ids] = [await dataIn(connection), await liveIds()];
    if (preparation !== undefined) await withClient(await ownerOf(), (client) => client.query(preparation));
    else {
      const match = { method: 'POST', path: '/projects', times: 1 };
      await t.emulator.addFault({ match, effect: { kind: 'fail-operation', status: 'error' } });
    }
    await expect(t.tenantry.execute.move(acme, { region })).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      reason: { type },
    });
    await expectAsBefore(connection, before, ids);
  });

  more("names a role of one's own that it cannot carry, and goes through once that has nothing", async () => {
    const connection = await tenantWithData(t, acme);
    const [before, ids] = [await dataIn(connection), await liveIds()];
    await withClient(await ownerOf(), (client) =>
      client.query('create role reporting; grant select on notes to reporting'),
    );
    const reason = await t.tenantry.execute.move(acme, { region }).then(
      () => expect.fail('it moves'),
      (error: OperationFailedError) => error.reason,
    );
    expect(reason.type).toBe('RequestUnfit');
    const [, cure = ''] =
      /reporting \(select on table public\.notes\).*, as the owner \((.*?)\);/.exec(reason.message) ?? [];
    await expectAsBefore(connection, before, ids);
    await withClient(await ownerOf(), (client) => client.query(cure));
    await t.tenantry.execute.move(acme, { region });
  });

  it('for want of such a region never closes writes, and there is no move to undo', async () => {
    const connection = await tenantWithData(t, acme);
    const [before, ids] = [await dataIn(connection), await liveIds()];
    const moving = t.tenantry.execute.move(acme, { region: 'aws-nowhere-1' });
    await expect(moving).rejects.toMatchObject({ reason: { type: 'NeonBadRequest' } });
    await expectAsBefore(connection, before, ids);
    await expect(t.tenantry.execute.undoMove(acme)).rejects.toMatchObject({
      reason: { type: 'RequestUnfit' },
    });
    expect(await writeIn(connection)).toMatchObject({ draft: 4 });
  });

  it('because it is cancelled in the copy is undone', async () => {
    const connection = await tenantWithData(t, acme);
    const [before, ids] = [await dataIn(connection), await liveIds()];
    const { handle, release } = await moveHeldInCopy(t, connection, undefined, acme);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    await release();
    await expectAsBefore(connection, before, ids);
  });

  it('to hear of its create makes no second project, and both projects go with the tenant', async () => {
    await tenantWithData(t, acme);
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 1 },
      effect: { kind: 'drop-after-apply' },
    });
    const { projectId, formerProjectId } = await t.tenantry.execute.move(acme, { region });
    expect(await liveIds()).toEqual([projectId, formerProjectId].sort());
    await t.tenantry.execute.offboard(acme, { graceMs: 0 });
    expect(await liveIds()).toEqual([]);
  });
});

describe('undoing a move', () => {
  it('goes back to the former project as it was, and keeps the newer one', async () => {
    const before = await tenantWithData(t, acme);
    const data = await dataIn(before);
    const moved = await t.tenantry.execute.move(acme, { region });
    const newer = await t.tenantry.connectionString(acme);
    await writeIn(newer);

    const undone = await t.tenantry.execute.undoMove(acme);
    expect(undone).toMatchObject({ projectId: moved.formerProjectId, formerProjectId: moved.projectId });
    expect(await t.tenantry.connectionString(acme)).toBe(before);
    expect(await dataIn(before)).toEqual(data);
    expect(await writeIn(before)).toEqual({ note: 501, invoice: 501, draft: 3 });
    expect(await refusalOf(newer, 'select 1')).toBe('28000');
    expect(await sides()).toMatchObject([{ role: 'former', neonId: moved.projectId }]);

    // The other way round again: nothing is lost on either side.
    await t.tenantry.execute.undoMove(acme);
    expect(await t.tenantry.connectionString(acme)).toBe(newer);
    expect((await dataIn(newer)).notes).toHaveLength(501);
  });
});

describe('a former project', () => {
  it('is deleted once its time is up, and then there is no way back', async () => {
    t = await startTenantry({ fleet: { timings: { ...quickTimings, moveGrace: 300, sweep: 1_000 } } });
    onTestFinished(async () => {
      await t.stop();
      t = shared;
    });
    await t.startWorker();
    await tenantWithData(t, acme);
    const { projectId } = await t.tenantry.execute.move(acme);
    await eventually('its time is up', async () => (await t.sweep()).projects > 0);
    expect(await sides()).toEqual([]);
    expect(await liveIds()).toEqual([projectId]);
    const tenant = await t.tenantry.get(acme);
    const kinds = tenant && (await t.catalog.secrets.kinds(tenant)).map(({ kind }) => kind);
    expect(kinds).toEqual(['app', 'owner']);
    await expect(t.tenantry.execute.undoMove(acme)).rejects.toMatchObject({
      reason: { type: 'RequestUnfit' },
    });
    expect(await refusalOf(await t.tenantry.connectionString(acme), 'select 1')).toBeUndefined();
  });
});
