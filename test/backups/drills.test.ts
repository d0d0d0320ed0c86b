import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { deleteSnapshot, listSnapshots } from '../../neon/snapshots.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

const hour = 3_600_000;
const firstMigration = 'create table notes (id int primary key, body text, at timestamptz default now());\n';
let t: TestTenantry;
let complaint: string | undefined;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      drills: {
        newest: [{ schema: 'public', table: 'notes', column: 'at', within: 24 * hour }],
        check: async ({ id }, { name }, client) => {
          const { rows } = await client.query<{ notes: number }>(
            'select count(*)::int as notes from public.notes',
          );
          if (complaint !== undefined)
            throw new Error(`${id}, ${name}, ${rows[0]?.notes} notes: ${complaint}`);
        },
      },
    },
  });
  await t.writeMigration('0001_notes.sql', firstMigration);
  await t.startWorker();
});

afterEach(async () => {
  complaint = undefined;
  await t.emulator.liftFaults();
});
afterAll(() => t.stop());

const projectOf = async (id: string) => (await t.tenantry.get(id))?.projectId ?? '';
const branchesOf = async (id: string) =>
  (await listBranches(t.neon, await projectOf(id))).map(({ name }) => name);
const asOwner = async <T>(id: string, work: Parameters<typeof withClient<T>>[1]) => {
  const owner = await t.catalog.secrets.open({ fleet: t.fleet.name, id: (await known(id)).id }, 'owner');
  return withClient(owner ?? '', work);
};
const known = async (id: string) => {
  const tenant = await t.tenantry.get(id);
  if (tenant === undefined) throw new Error(`there is no ${id}`);
  return tenant;
};

/** A tenant with a hundred notes. */
async function tenantWithNotes(id: string): Promise<void> {
  await t.tenantry.execute.onboard({ id });
  await asOwner(id, (client) =>
    client.query("insert into notes select n, repeat('x', 500) from generate_series(1, 100) n"),
  );
}

describe('a drill', () => {
  it('proves a snapshot, keeps the evidence, and leaves no branch', async () => {
    await tenantWithNotes('acme');
    await t.tenantry.execute.snapshot('acme', { name: 'monday' });
    await asOwner('acme', (client) => client.query('delete from notes where id > 40'));
    const before = await branchesOf('acme');
    const drilled = await t.tenantry.execute.drill('acme');
    expect(drilled).toMatchObject({
      snapshot: 'monday',
      found: {
        schemaVersion: '0001_notes',
        tables: expect.arrayContaining([{ table: 'public.notes', rows: 100 }]),
        newest: [{ table: 'public.notes', at: expect.any(String) }],
      },
    });
    expect(drilled.problem).toBeUndefined();
    expect(drilled.recoveryPointMs).toBeGreaterThan(0);
    expect(drilled.recoveryMs).toBeGreaterThan(0);
    expect(await branchesOf('acme')).toEqual(before);
    expect(await t.tenantry.branches('acme')).toEqual([]);
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
    // What is edited in the folder later says nothing of a snapshot.
    await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
    expect((await t.tenantry.execute.drill('acme')).problem).toBeUndefined();
    await t.writeMigration('0001_notes.sql', firstMigration);
    const [, kept] = await t.tenantry.drills({ tenant: 'acme' });
    expect(kept).toMatchObject({ tenant: 'acme', snapshot: 'monday', recoveryMs: drilled.recoveryMs });
    expect(kept?.found).toEqual(drilled.found);
    expect((await t.tenantry.exportRecord('acme')).drills).toHaveLength(2);
  });

  it('needs a snapshot', async () => {
    await t.tenantry.execute.onboard({ id: 'none' });
    await expect(t.tenantry.execute.drill('none')).rejects.toMatchObject({
      reason: { type: 'RequestUnfit' },
    });
    await expect(t.tenantry.execute.drill('none', { snapshot: 'monday' })).rejects.toMatchObject({
      reason: { message: 'the tenant has no snapshot "monday" of the project that it lives in' },
    });
  });

  more('makes one branch though the reply to the restore is lost', async () => {
    await tenantWithNotes('away');
    await t.tenantry.execute.snapshot('away', { name: 'monday' });
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/snapshots/*/restore', times: 1 },
      effect: { kind: 'drop-after-apply' },
    });
    expect((await t.tenantry.execute.drill('away')).problem).toBeUndefined();
    expect(await branchesOf('away')).toHaveLength(1);
  });
});

describe('a broken snapshot', () => {
  it('of any kind is found by five drills, named, told of, and no more once another one is proved', async () => {
    const breaks: Record<string, { readonly spoil: () => Promise<unknown>; readonly why: RegExp }> = {
      torn: { spoil: () => tear('torn'), why: /table public\.notes cannot be read: .*XX00[12]/ },
      behind: {
        spoil: async () => {
          await asOwner('behind', (client) =>
            client.query("delete from tenantry.migrations where name like '0001%'"),
          );
          await t.tenantry.execute.snapshot('behind', { name: 'tuesday' });
        },
        why: /its ledger ends with nothing, and the tenant had 0001_notes when it was taken/,
      },
      stale: {
        spoil: async () => {
          await asOwner('stale', (client) => client.query("update notes set at = now() - interval '2 days'"));
          await t.tenantry.execute.snapshot('stale', { name: 'tuesday' });
        },
        why: /the newest row of public\.notes is of .*, more than 86400000 ms before the snapshot/,
      },
      gone: {
        spoil: async () => {
          const projectId = await projectOf('gone');
          const [snapshot] = await listSnapshots(t.neon, projectId);
          await deleteSnapshot(t.neon, { projectId, snapshotId: snapshot?.id ?? '' });
        },
        why: /snapshot "monday" is broken: .*not found/i,
      },
      mute: {
        spoil: async () => {
          complaint = 'the sums do not add up';
        },
        why: /the fleet's check: mute, monday, 100 notes: the sums do not add up/,
      },
    };
    for (const id of Object.keys(breaks)) {
      await tenantWithNotes(id);
      await t.tenantry.execute.snapshot(id, { name: 'monday' });
    }
    for (const [id, { spoil, why }] of Object.entries(breaks)) {
      await spoil();
      const { problem } = await t.tenantry.execute.drill(id);
      expect(problem?.type, id).toBe('SnapshotBroken');
      expect(problem?.message, id).toMatch(why);
      complaint = undefined;
    }
    const told = async () =>
      (await t.tenantry.attention()).flatMap(({ kind, tenantId = '' }) =>
        kind === 'snapshot-broken' ? tenantId : [],
      );
    expect(new Set(await told())).toEqual(new Set(Object.keys(breaks)));
    for (const id of Object.keys(breaks)) expect(await branchesOf(id), id).toHaveLength(1);
    await t.tenantry.execute.snapshot('mute', { name: 'wednesday' });
    expect((await t.tenantry.execute.drill('mute')).problem).toBeUndefined();
    expect(await told()).not.toContain('mute');
  }, 120_000);
});

/** Spoils a page of the notes in the tenant's snapshot, as a disk would. */
async function tear(id: string): Promise<void> {
  const projectId = await projectOf(id);
  const file = await asOwner(id, async (client) => {
    const { rows } = await client.query<{ path: string }>("select pg_relation_filepath('notes') as path");
    return rows[0]?.path ?? '';
  });
  const [snapshot] = await listSnapshots(t.neon, projectId);
  const page = path.join(t.folder, 'emulator', 'clusters', projectId, snapshot?.id ?? '', file);
  expect(statSync(page).size).toBeGreaterThan(8_192);
  const opened = openSync(page, 'r+');
  writeSync(opened, Buffer.alloc(8_192, 0xa5), 0, 8_192, 8_192);
  closeSync(opened);
}
