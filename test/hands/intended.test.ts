import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { firstOf, more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { atRest, cutOffAt, readyTenant } from './cut-off.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, createLook: 3_600_000, sweep: 1_000 } } });
  await t.startWorker();
});

afterAll(() => t.stop());

const projectOf = async (id: string) => {
  const projectId = (await t.tenantry.get(id))?.projectId;
  const project = (await t.emulator.records()).find((one) => one.id === projectId);
  if (project === undefined) throw new Error(`tenant ${id} has no project`);
  return project;
};

/** The hour passes for whatever is to be looked for again. */
const later = () =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      `update tenantry.resources set created_at = created_at - interval '2 h', due_at = due_at - interval '2 h'`,
    ),
  );

const rows = (id: string) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    const found = await client.query('select name from tenantry.resources where tenant_id = $1', [id]);
    return found.rows.length;
  });

/** Looks as long as it takes a repair, which the first sweep starts, and the sweeps after it. */
async function swept(what: string, ask: () => Promise<boolean>): Promise<void> {
  await eventually(what, async () => {
    await t.sweep();
    return ask();
  });
}

/** And its run has ended, which is a moment after the catalog says so. */
const isReady = async (id: string) => {
  if ((await t.tenantry.get(id))?.state !== 'ready') return false;
  await (await t.tenantry.lastOperation(id))?.result();
  return true;
};

const snapshot = { method: 'POST', path: '/projects/*/branches/*/snapshot' } as const;
const restore = { method: 'POST', path: '/projects/*/branches/*/restore' } as const;
const restoreSnapshot = { method: 'POST', path: '/projects/*/snapshots/*/restore' } as const;
const branch = { method: 'POST', path: '/projects/*/branches' } as const;

describe('what a run was about to make when it was ended by force', () => {
  it('goes, where it is a snapshot, and nobody is told that it is there', async () => {
    await readyTenant(t, 'snapped');
    await cutOffAt(t, 'snapped', snapshot, () => t.tenantry.start.snapshot('snapped', { name: 'half' }));
    expect((await projectOf('snapped')).snapshots).toHaveLength(1);
    expect(await t.tenantry.snapshots('snapped')).toEqual([]);
    expect((await t.tenantry.exportRecord('snapped')).resources).toEqual([]);
    await swept('the snapshot is gone', async () => (await projectOf('snapped')).snapshots.length === 0);
    await swept('the tenant is ready', () => isReady('snapped'));
    const again = t.tenantry.execute.snapshot('snapped', { name: 'half' });
    await expect(again).rejects.toMatchObject({ reason: { type: 'RequestUnfit' } });
    await later();
    await swept('it is forgotten', async () => (await rows('snapped')) === 0);
    await t.tenantry.execute.snapshot('snapped', { name: 'half' });
    expect((await t.tenantry.snapshots('snapped')).map(({ name }) => name)).toEqual(['half']);
  });

  more('goes, where it is a copy', async () => {
    await readyTenant(t, 'copied');
    await cutOffAt(t, 'copied', branch, () => t.tenantry.start.branch('copied', { name: 'support' }));
    expect((await projectOf('copied')).branches).toHaveLength(2);
    expect(await t.tenantry.branches('copied')).toEqual([]);
    await swept('the copy is gone', async () => (await projectOf('copied')).branches.length === 1);
    await swept('it is forgotten', async () => (await rows('copied')) === 0);
  });

  it.each(
    firstOf([
      ['to a time', 'timed', restore, async () => ({ time: new Date().toISOString() })],
      [
        'to a snapshot',
        'shot',
        restoreSnapshot,
        async (id: string) => {
          await t.tenantry.execute.snapshot(id, { name: 'empty' });
          return { snapshot: 'empty' };
        },
      ],
    ] as const),
  )(
    'is on record, where it is the state before a restore %s, and can be restored',
    async (_, id, call, point) => {
      const connection = await readyTenant(t, id);
      const notes = () =>
        withClient(connection, async (client) => (await client.query('select body from notes')).rows);
      const to = await point(id);
      await withClient(connection, (client) => client.query("insert into notes values ('before')"));
      await cutOffAt(t, id, call, () => t.tenantry.start.restore(id, { to }));
      expect(await t.tenantry.keptStates(id)).toEqual([]);
      await swept('the tenant is ready', () => isReady(id));
      expect(await notes()).toEqual([]);
      await swept(
        'the state before is on record',
        async () => (await t.tenantry.keptStates(id)).length === 1,
      );
      const [kept] = await t.tenantry.keptStates(id);
      expect((await projectOf(id)).branches.map(({ name }) => name)).toContain(kept?.name);
      await t.tenantry.execute.restore(id, { to: { state: kept?.name ?? '' } });
      await atRest(t, id);
      expect(await notes()).toEqual([{ body: 'before' }]);
    },
  );

  it('is forgotten, where the restore never came to Neon', async () => {
    const connection = await readyTenant(t, 'never');
    const to = { time: new Date().toISOString() };
    const refused = await t.emulator.addFault({
      match: { ...restore, times: 1_000 },
      effect: { kind: 'status', status: 400 },
    });
    await expect(t.tenantry.execute.restore('never', { to })).rejects.toThrow();
    await refused.lift();
    expect(await rows('never')).toBe(0);
    expect(connection).toBe(await t.tenantry.connectionString('never'));
  });
});
