import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectedTenantry, connectTenantry } from '../../client/index.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
const backends: ConnectedTenantry[] = [];
/** Five, at the first migration. */
const ids = ['alpha', 'bravo', 'charlie', 'delta', 'echo'];

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, buildSilence: 600_000 } } });
  await t.startWorker();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int, body text);\n');
  await Promise.all(ids.map((id) => t.tenantry.execute.onboard({ id })));
  await t.writeMigration('0002_text.sql', 'alter table notes add column markdown text;\n');
  await t.writeMigration('0003_body.sql', '-- tenantry: contract\nalter table notes drop column body;\n');
});
afterAll(async () => {
  for (const { close } of backends) await close();
  await t.stop();
});

/** A process of the application's. */
async function backend(id: string, schema: string): Promise<ConnectedTenantry> {
  const connected = await connectTenantry(t.fleet, t.environment, { build: { id, schema } });
  backends.push(connected);
  await eventually(`build ${id} is registered`, async () =>
    (await t.tenantry.builds()).some((build) => build.id === id),
  );
  return connected;
}

const tenantry = (...words: string[]) => runTenantry(words, t.environment);

/** So long ago that nobody counts it. */
const silence = (build: string) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(`update tenantry.builds set seen_at = now() - interval '11 minutes' where id = $1`, [build]),
  );

const schemas = async () =>
  Object.fromEntries((await t.tenantry.list()).tenants.map(({ id, schemaVersion }) => [id, schemaVersion]));

describe('a contract between application and schema', () => {
  it('serves the tenants of a half-migrated fleet that have what is needed, and refuses the others by type', async () => {
    const half = await t.tenantry.fleet.start({
      verb: 'migrate',
      to: '0002_text',
      waves: [{ size: 2, soakMs: 600_000 }, {}],
    });
    await eventually('two are migrated', async () => (await half.status()).counts.succeeded === 2);
    await half.pause();
    expect(await half.result()).toMatchObject({ state: 'paused' });
    const at = await schemas();
    const { tenantry: application } = await backend('web-2', '0002');
    for (const id of ids) {
      const pool = application.pool(id, { schema: { atLeast: '0002' } });
      if (at[id] === '0002_text')
        expect((await (await pool).query('select markdown from notes')).rows).toEqual([]);
      else
        await expect(pool).rejects.toMatchObject({
          code: 'TENANT_SCHEMA_BEHIND',
          schemaVersion: '0001_notes',
          atLeast: '0002',
        });
    }
    expect(Object.values(at).filter((version) => version === '0002_text')).toHaveLength(2);
    await half.abort();
    await half.result();
  });

  it('refuses a contract file that is asked for, with a list of those who still need what it removes', async () => {
    await backend('web-1', '0001');
    const asked = await t.tenantry.fleet.start({ verb: 'migrate', to: '0003_body' });
    const refused = await asked.result();
    expect(refused).toMatchObject({ state: 'stopped', isEnrolled: false });
    const behind = Object.entries(await schemas()).flatMap(([id, at]) => (at === '0001_notes' ? [id] : []));
    expect(behind).toHaveLength(3);
    expect(refused.trouble).toBe(
      `contract 0003_body.sql is held back: 3 tenants are behind 0002_text (${behind.join(', ')}); builds older than it: web-1 (0001), web-2 (0002). Until then the newest that can be applied is 0002_text`,
    );
    await asked.abort();
    await asked.result();
    // Nor does a tenant that has all that comes before get it alone; whose data it is to see, nobody else's id is in the reason.
    const [ahead = ''] = Object.keys(await schemas()).filter((id) => !behind.includes(id));
    await expect(t.tenantry.execute.migrate(ahead)).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      reason: {
        type: 'ContractBlocked',
        file: '0003_body.sql',
        message:
          'contract 0003_body.sql is held back: 3 tenants are behind 0002_text; builds older than it: web-1 (0001), web-2 (0002). Until then the newest that can be applied is 0002_text',
      },
    });
    expect(await t.tenantry.get(ahead)).toMatchObject({ state: 'ready', schemaVersion: '0002_text' });
  });

  it('gives a new tenant none of it either, and a rollout without an end leads to the file before', async () => {
    await t.tenantry.execute.onboard({ id: 'foxtrot' });
    expect(await t.tenantry.get('foxtrot')).toMatchObject({ schemaVersion: '0002_text' });
    const { stdout, exitCode } = await tenantry('fleet', 'migrate', '--follow');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^migration to 0002_text: done: 6 of 6/);
    expect(stdout).toContain('contract 0003_body.sql is held back: 3 tenants are behind 0002_text (');
    expect(new Set(Object.values(await schemas()))).toEqual(new Set(['0002_text']));
  });

  it('lists the builds, and what stands in the way goes with them', async () => {
    const { stdout } = await tenantry('builds');
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ['build', 'schema'],
      ['web-1', '0001'],
      ['web-2', '0002'],
      [''],
    ]);
    // Every tenant has what comes before, so only the builds are left.
    await expect(t.tenantry.execute.migrate('alpha')).rejects.toMatchObject({
      reason: {
        type: 'ContractBlocked',
        message: expect.stringContaining('held back: builds older than it: web-1 (0001), web-2 (0002).'),
      },
    });
    for (const { close } of backends.splice(0)) await close();
    expect(await tenantry('builds', 'forget', 'web-1')).toMatchObject({ exitCode: 0 });
    expect(await tenantry('builds', 'forget', 'web-1')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^tenantry: there is no build "web-1"\n/),
    });
    await silence('web-2');
    const { stdout: json } = await tenantry('builds', '--json');
    expect(JSON.parse(json)).toMatchObject([{ id: 'web-2', schema: '0002', counts: false }]);
  });

  it('is applied to everybody once tenants and builds are there, and to new tenants too', async () => {
    await backend('web-3', '0003_body');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', to: '0003_body' });
    const done = await handle.result();
    expect(done).toMatchObject({ state: 'done', counts: { succeeded: 6, failed: 0 } });
    expect(done.heldBack).toBeUndefined();
    expect(new Set(Object.values(await schemas()))).toEqual(new Set(['0003_body']));
    await t.tenantry.execute.onboard({ id: 'golf' });
    expect(await t.tenantry.get('golf')).toMatchObject({ schemaVersion: '0003_body' });
  });

  it('holds up no sign-up and no latecomer for one tenant that is behind once the others have it', async () => {
    await t.tenantry.execute.suspend('echo');
    await t.writeMigration('0004_next.sql', 'create table next (id int);\n');
    await t.writeMigration('0005_next.sql', '-- tenantry: contract\ndrop table next;\n');
    const result = async (to: string) => (await t.tenantry.fleet.start({ verb: 'migrate', to })).result();
    // Nobody can connect to a suspended one, and nobody can migrate it: it blocks nothing.
    expect(await result('0004_next')).toMatchObject({ state: 'done', counts: { succeeded: 6, skipped: 1 } });
    for (const { close } of backends.splice(0)) await close();
    await t.tenantry.forgetBuild('web-3');
    expect(await result('0005_next')).toMatchObject({ state: 'done', counts: { succeeded: 6, skipped: 1 } });
    await t.tenantry.execute.resume('echo');
    expect(await t.tenantry.get('echo')).toMatchObject({ state: 'ready', schemaVersion: '0003_body' });
    await t.tenantry.execute.onboard({ id: 'hotel' });
    expect(await t.tenantry.get('hotel')).toMatchObject({ schemaVersion: '0005_next' });
    expect(await t.tenantry.execute.migrate('echo')).toMatchObject({ applied: ['0004_next', '0005_next'] });
  });
});

describe('a build', () => {
  beforeEach(async () => {
    for (const { close } of backends.splice(0)) await close();
  });

  it('is refused where it says nothing that can be compared', async () => {
    for (const build of [
      { id: '', schema: '0001' },
      { id: 'a', schema: 'newest' },
      { id: 'a\u0000', schema: '0001' },
    ])
      await expect(connectTenantry(t.fleet, t.environment, { build })).rejects.toMatchObject({
        code: 'REQUEST_UNFIT',
      });
  });

  it('is one for all of its processes, and is seen for as long as one of them is there', async () => {
    const seen = async () => (await t.tenantry.builds()).find(({ id }) => id === 'twice-1');
    const first = await backend('twice-1', '0001');
    await silence('twice-1');
    expect(await seen()).toMatchObject({ schema: '0001', counts: false });
    const second = await backend('twice-1', '0001');
    await eventually('it counts again', async () => (await seen())?.counts === true);
    await first.close();
    expect(await seen()).toMatchObject({ schema: '0001', counts: true });
    await second.close();
    await backend('twice-1', '0002_text');
    await eventually('it was written with a newer one', async () => (await seen())?.schema === '0002_text');
    await t.tenantry.forgetBuild('twice-1');
    await expect(t.tenantry.forgetBuild('twice-1')).rejects.toMatchObject({ code: 'BUILD_NOT_FOUND' });
  });
});
