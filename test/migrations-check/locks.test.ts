import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { firstOf } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

/** How long a file waits for a lock. Everybody who comes after it waits as long at most, and a little for being served. */
const lockMs = 1_000;
const heldForMs = 10_000;
/** It has a lock on one table by the time it waits for the other. */
const more = '0002_more.sql';
const to = '0002_more';

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      timings: {
        ...quickTimings,
        migrationLock: lockMs,
        migrationsDeadline: 120_000,
        // On a busy machine a worker that lives is not to be taken for dead.
        heartbeat: 5_000,
      },
    },
  });
  const worker = await startKillableWorker(t);
  await t.writeMigration(
    '0001_notes.sql',
    'create table notes (id bigint, body text);\ncreate table tags (id bigint);\ncreate table others (id bigint);\n',
  );
  await Promise.all(['alone', 'rollout', 'killed'].map((id) => t.tenantry.execute.onboard({ id })));
  await t.writeMigration(
    more,
    'alter table tags add column label text;\nalter table notes add column more text;\n',
  );
  await t.tenantry.execute.migrate('killed');

  // The index is in the middle when its worker is killed: it waits for whoever was writing before it began.
  const owner = await ownerOf('killed');
  writer = await begun(owner, "insert into notes values (1, 'before')");
  await t.writeMigration(
    '0003_index.sql',
    '-- tenantry: no transaction\ncreate index concurrently if not exists notes_body on notes (body);\n',
  );
  const handle = await t.tenantry.start.migrate('killed');
  killed = handle.result();
  await eventually('the index waits for the writer', async () => (await indexes(owner)).length === 1);
  atTheKill = await indexes(owner);
  await worker.stop('SIGKILL');
  await t.startWorker();
}, 120_000);
afterAll(() => t.stop());

let writer: pg.Client;
let killed: Promise<unknown>;
let atTheKill: unknown;

const ownerOf = async (id: string) =>
  (await t.catalog.secrets.open({ fleet: t.fleet.name, id: tenantIdOf(id) }, 'owner')) ?? '';

async function begun(connection: string, statement: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: connection });
  client.on('error', () => {});
  await client.connect();
  await client.query('begin');
  await client.query(statement);
  return client;
}

const indexes = (owner: string) =>
  withClient(owner, async (client) => {
    const { rows } = await client.query<{ valid: boolean }>(
      "select indisvalid as valid from pg_index where indrelid = 'notes'::regclass",
    );
    return rows.map(({ valid }) => valid);
  });

/** Reads every 50 ms until `done`; returns how long each read took. */
async function reader(connection: string, table: string, done: Promise<unknown>): Promise<number[]> {
  let ended = false;
  void done
    .finally(() => {
      ended = true;
    })
    .catch(() => {});
  return withClient(connection, async (client) => {
    const took: number[] = [];
    while (!ended) {
      const since = performance.now();
      await client.query(`select count(*) from ${table}`);
      took.push(performance.now() - since);
      await sleep(50);
    }
    return took;
  });
}

/** Someone reads for ten seconds in one transaction, and meanwhile a file wants the table for itself. */
async function besideReaders(id: string, migrate: () => Promise<unknown>) {
  const connection = await t.tenantry.connectionString(id);
  const holder = await begun(connection, 'select count(*) from notes');
  const since = performance.now();
  const migrated = migrate();
  const reads = Promise.all(['notes', 'tags', 'others'].map((table) => reader(connection, table, migrated)));
  await sleep(heldForMs);
  await holder.end();
  await migrated;
  const tookMs = performance.now() - since;
  const [notes = 0, tags = 0, others = 0] = (await reads).map((took) => Math.max(...took));
  const columns = await withClient(connection, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select column_name as name from information_schema.columns where table_name in ('notes', 'tags') order by 1",
    );
    return rows.map(({ name }) => name);
  });
  return { tookMs, notes, tags, others, columns };
}

describe.concurrent('a lock that is held for ten seconds', () => {
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    rollout: async () => {
      const rollout = await t.tenantry.fleet.start({ verb: 'migrate', to, where: { idPrefix: 'rollout' } });
      const { counts } = await rollout.result();
      expect(counts).toMatchObject({ failed: 0 });
    },
    alone: () => t.tenantry.execute.migrate('alone', { to }),
  };

  it.each(firstOf(Object.entries(ways)))(
    'lets no read wait for longer than a file may wait for it: %s',
    async (id, migrate) => {
      const { tookMs, notes, tags, others, columns } = await besideReaders(id, migrate);
      // What a read takes where nothing is locked is the machine's.
      const bound = lockMs + 200 + others;
      expect({ notes, tags }, `others: ${others}`).toEqual({
        notes: expect.toSatisfy((ms: number) => ms <= bound),
        tags: expect.toSatisfy((ms: number) => ms <= bound),
      });
      // The file was in the queue before them.
      expect(notes).toBeGreaterThan(lockMs / 2);
      expect(tookMs).toBeGreaterThan(heldForMs);
      expect(columns).toEqual(['body', 'id', 'id', 'label', 'more']);
    },
  );
});

it('a worker that is killed in the middle of a concurrent index leaves one valid index after the next try', async () => {
  expect(atTheKill).toEqual([false]);
  await writer.query('commit');
  await writer.end();
  expect(await killed).toMatchObject({ state: 'ready', schemaVersion: '0003_index' });
  expect(await indexes(await ownerOf('killed'))).toEqual([true]);
});
