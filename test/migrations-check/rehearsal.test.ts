import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listBranches } from '../../neon/branches.js';
import { type LyingNeon, lyingNeon } from '../onboarding/lying-neon.js';
import { atStep } from '../operations/moving.js';
import { runTenantry } from '../support/command-line.js';
import { historyText } from '../support/history-text.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
let neon: LyingNeon;
/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeAll(async () => {
  t = await startTenantry({
    async neonHost({ url }) {
      neon = await lyingNeon(url);
      return neon.url;
    },
  });
  await t.startWorker();
});
afterAll(async () => {
  await t.stop();
  neon.close();
});
afterEach(() => t.emulator.liftFaults());

beforeEach(async () => {
  made += 1;
  acme = `acme-${made}`;
  await t.removeMigrations();
  await t.writeMigration('0001_notes.sql', 'create table notes (id bigint primary key, body varchar(20));\n');
  await t.tenantry.execute.onboard({ id: acme });
});

const asTheTenant = async (statement: string) =>
  withClient(await t.tenantry.connectionString(acme), async (client) => (await client.query(statement)).rows);
const fill = (rows: number) =>
  asTheTenant(`insert into notes select n, 'note ' || n from generate_series(1, ${rows}) n`);
const projectId = async () => (await t.tenantry.get(acme))?.projectId ?? '';
const branchNames = async () => (await listBranches(t.neon, await projectId())).map(({ name }) => name);
const keptRows = () =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    const { rowCount } = await client.query('select from tenantry.resources where tenant_id = $1', [acme]);
    return rowCount;
  });

describe('a rehearsal', () => {
  it('tells what each file took, which locks it held and what it rewrote, and leaves the tenant as it is', async () => {
    await fill(20_000);
    await t.writeMigration('0002_longer.sql', 'alter table notes alter column body type char(40);\n');
    await t.writeMigration(
      '0003_mark.sql',
      "create table tags (id bigint);\nupdate notes set body = 'x' where id <= 500;\n",
    );
    await t.writeMigration('0004_index.sql', 'create index notes_body on notes (body);\n');
    await t.writeMigration(
      '0005_concurrent.sql',
      '-- tenantry: no transaction\ncreate index concurrently if not exists notes_other on notes (body, id);\n',
    );
    const handle = await t.tenantry.start.rehearse(acme);
    const { files, problem } = await handle.result();
    expect(problem).toBeUndefined();
    const lockOn = (mode: string) => [{ table: 'public.notes', mode }];
    expect(files).toMatchObject([
      {
        name: '0002_longer',
        inTransaction: true,
        run: {
          locks: lockOn('AccessExclusiveLock'),
          rewritten: [{ table: 'public.notes', rows: 20_000 }],
          written: [],
          leftOut: 0,
        },
      },
      {
        name: '0003_mark',
        // Of the table that it makes itself, nobody could wait.
        run: {
          locks: lockOn('RowExclusiveLock'),
          rewritten: [],
          written: [{ table: 'public.notes', rows: 500 }],
        },
      },
      { name: '0004_index', run: { locks: lockOn('ShareLock'), rewritten: [], written: [] } },
      {
        name: '0005_concurrent',
        inTransaction: false,
        run: { locks: lockOn('ShareUpdateExclusiveLock'), rewritten: [] },
        repeatedMs: expect.any(Number),
      },
    ]);
    for (const { run, againMs, sha256 } of files) {
      expect(run.ms).toBeGreaterThan(0);
      expect(againMs).toBeGreaterThan(0);
      expect(run.walBytes).toBeGreaterThan(0);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    // Twenty thousand rows of forty characters were written anew.
    expect(files[0]?.run.walBytes).toBeGreaterThan(20_000 * 40);

    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', schemaVersion: '0001_notes' });
    expect(await asTheTenant('select distinct length(body) < 20 as short from notes')).toEqual([
      { short: true },
    ]);
    await expect(asTheTenant('select * from tags')).rejects.toThrow('tags');
    expect([await branchNames(), await keptRows()]).toEqual([['main'], 0]);
    const history = await historyText(t.temporal, handle);
    const tenant = (await t.tenantry.get(acme)) ?? expect.fail();
    const owner = (await t.catalog.secrets.open(tenant, 'owner')) ?? '';
    expect(history).toContain('0002_longer');
    expect(history).not.toContain(new URL(owner).password);
    // Then they are applied for good, as ever.
    expect(await t.tenantry.execute.migrate(acme)).toMatchObject({ schemaVersion: '0005_concurrent' });
  });

  it('makes no branch where there is nothing to rehearse', async () => {
    const handle = await t.tenantry.start.rehearse(acme);
    expect(await handle.result()).toMatchObject({ files: [] });
    expect(await historyText(t.temporal, handle)).not.toContain('createBranch');
  });

  it('names the file that fails with what was seen before it, and is well itself', async () => {
    await t.writeMigration('0002_tags.sql', 'create table tags (id bigint);\n');
    await t.writeMigration('0003_wrong.sql', 'select 1;\nalter table nowhere add column name text;\n');
    expect(await t.tenantry.execute.rehearse(acme)).toMatchObject({
      files: [{ name: '0002_tags' }],
      problem: { type: 'MigrationFailed', file: '0003_wrong.sql', sqlState: '42P01' },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', failure: undefined });
    expect([await branchNames(), await keptRows()]).toEqual([['main'], 0]);
  });

  it('finds a file without a transaction that cannot be applied again after a worker that died', async () => {
    await t.writeMigration('0002_index.sql', 'create index notes_body on notes (body);\n');
    await t.writeMigration(
      '0003_gone.sql',
      '-- tenantry: no transaction\ndrop index concurrently notes_body;\n',
    );
    expect(await t.tenantry.execute.rehearse(acme)).toMatchObject({
      problem: {
        type: 'MigrationFailed',
        file: '0003_gone.sql',
        message: expect.stringContaining('a second time'),
      },
    });
  });

  it('deletes its branch when it is cancelled in the middle, and when Neon fails', async () => {
    await t.writeMigration('0002_slow.sql', 'select pg_sleep(30);\n');
    const handle = await t.tenantry.start.rehearse(acme);
    await atStep(t, handle, 'apply the files');
    expect(await branchNames()).toHaveLength(2);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect([await branchNames(), await keptRows()]).toEqual([['main'], 0]);

    await t.writeMigration('0002_slow.sql', 'select 1;\n');
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    await expect(t.tenantry.execute.rehearse(acme)).rejects.toMatchObject({
      reason: { type: 'NeonOperationFailed' },
    });
    expect([await branchNames(), await keptRows()]).toEqual([['main'], 0]);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
  });

  it('never works where Neon names the live compute', async () => {
    await t.writeMigration('0002_tags.sql', 'create table tags (id bigint);\n');
    const tenant = (await t.tenantry.get(acme)) ?? expect.fail();
    const owner = (await t.catalog.secrets.open(tenant, 'owner')) ?? '';
    neon.tell((_, reply) => (reply.uri === undefined ? reply : { ...reply, uri: owner }));
    const rehearsing = t.tenantry.execute.rehearse(acme).finally(() => neon.tell());
    await expect(rehearsing).rejects.toMatchObject({
      reason: { type: 'NeonContractViolation', message: expect.stringContaining('live compute') },
    });
    await expect(asTheTenant('select * from tags')).rejects.toThrow('tags');
  });
});

describe('the command', () => {
  more('prints what each file did, and the same as JSON', async () => {
    await fill(100);
    await t.writeMigration('0002_longer.sql', 'alter table notes alter column body type char(40);\n');
    const { exitCode, stdout } = await runTenantry(
      ['migrations', 'check', '--rehearse', acme, '--after', '0002'],
      t.environment,
    );
    expect({ exitCode, lines: stdout.trimEnd().split('\n').slice(1) }).toEqual({
      exitCode: 0,
      lines: [
        expect.stringMatching(/^file +took +again +held up +rewrote +changed rows +log$/),
        expect.stringMatching(
          /^0002_longer\.sql +\d+ ms +\d+ ms +reads and writes of public\.notes +public\.notes 100 +\d+\.\d kB$/,
        ),
        `1 rehearsed on a branch of ${acme}, which is deleted`,
      ],
    });
    const json = await runTenantry(['migrations', 'check', '--rehearse', acme, '--json'], t.environment);
    const parsed = z
      .object({ files: z.number(), rehearsal: z.looseObject({ files: z.array(z.unknown()) }) })
      .parse(JSON.parse(json.stdout));
    expect(parsed).toMatchObject({
      files: 2,
      rehearsal: { id: acme, operation: 'rehearse', differing: [], files: [{ name: '0002_longer' }] },
    });
  });
});
