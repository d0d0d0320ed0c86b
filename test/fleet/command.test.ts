import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
let worker: Awaited<ReturnType<TestTenantry['startWorker']>>;

beforeAll(async () => {
  t = await startTenantry();
  worker = await t.startWorker();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await Promise.all(['alpha', 'bravo', 'charlie'].map((id) => t.tenantry.execute.onboard({ id })));
  await t.tenantry.execute.suspend('charlie');
  await t.writeMigration('0002_tags.sql', 'create table tags (id int);\n');
});
afterAll(() => t.stop());

const tenantry = (...words: string[]) => runTenantry(['fleet', ...words], t.environment);

describe('tenantry fleet', () => {
  it('says with --dry-run whom it would treat, and does nothing', async () => {
    const { exitCode, stdout } = await tenantry('migrate', '--dry-run');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '2 to be treated, 1 to be skipped for their state',
      'among them alpha, bravo, charlie',
      'how long it takes is not known: no such operation is on record yet',
      'nothing was done',
      '',
    ]);
    expect(await t.tenantry.fleet.list()).toEqual([]);
  });

  it('migrates a fleet in waves, follows it, reports on each tenant, and counts who is where', async () => {
    const { exitCode, stdout, stderr } = await tenantry('migrate', '--canary', 'id^=bravo', '--wait');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringMatching(/^rollout migrate-[0-9a-f]{10}\n/),
    });
    expect(stdout).toMatch(/^migration to 0002_tags: done: 3 of 3, wave 2 of 2, 1 skipped\n/);
    const [id = ''] = /migrate-[0-9a-f]{10}/.exec(stderr) ?? [];
    const { stdout: list } = await tenantry('status');
    expect(list).toMatch(new RegExp(`${id}  migration to 0002_tags  done   3 of 3   0 `));
    const { stdout: json } = await tenantry('report', id, '--json');
    expect(JSON.parse(json)).toMatchObject([
      { id: 'alpha', wave: 1, state: 'succeeded', reason: null },
      { id: 'bravo', wave: 0, state: 'succeeded' },
      {
        id: 'charlie',
        wave: 1,
        state: 'skipped',
        reason: { message: 'the tenant is suspended, so the migration cannot begin' },
      },
    ]);
    const { stdout: schema } = await tenantry('schema');
    expect(schema).toBe('migration   tenants\n0002_tags   2\n0001_notes  1\n');
  });

  it('exits with 1 where tenants fail, names the command that tells why, and one that goes on', async () => {
    await t.writeMigration('0003_wrong.sql', 'select nothing from nowhere;\n');
    const { exitCode, stdout } = await tenantry('migrate', '--wait', '--json', '--max-failures', '5');
    expect(exitCode).toBe(1);
    const { id, state, counts } = JSON.parse(stdout);
    expect({ state, counts }).toMatchObject({ state: 'done', counts: { failed: 2, skipped: 1 } });
    expect((await tenantry('status', id)).stdout).toContain(`fleet report ${id} --state failed`);
    expect((await tenantry('report', id, '--state', 'failed')).stdout).toMatch(
      /^alpha {2}failed {2}migration 0003_wrong\.sql/,
    );
    await t.writeMigration('0003_wrong.sql', 'select 1;\n');
    const again = await tenantry('retry', id, '--wait', '--json');
    expect(again.exitCode).toBe(0);
    expect(JSON.parse(again.stdout).counts).toMatchObject({ succeeded: 2, failed: 0 });
    // A word that people know from elsewhere.
    for (const option of ['--follow', '--wait'])
      expect(await tenantry('status', id, option, '--json')).toMatchObject({
        exitCode: 0,
        stdout: again.stdout,
      });
  });

  it('refuses what cannot be asked for, and a rollout that there is none of', async () => {
    expect(await tenantry('plan', 'gold')).toMatchObject({
      exitCode: 2,
      stderr: 'tenantry: the fleet has no plan "gold": it has free, pro\n',
    });
    const slip = {
      exitCode: 2,
      stderr: 'tenantry: the fleet has no plan "gold", and no tenant is on one: it has free, pro\n',
    };
    expect(await tenantry('migrate', '--where', 'plan=gold')).toMatchObject(slip);
    expect(await tenantry('migrate', '--where', 'plan=gold', '--dry-run')).toMatchObject(slip);
    expect(await tenantry('migrate', '--canary', 'plan=gold')).toMatchObject(slip);
    expect(await tenantry('migrate', '--parallel', '0')).toMatchObject({ exitCode: 2 });
    expect(await tenantry('status', 'nowhere')).toMatchObject({
      exitCode: 3,
      stderr: 'tenantry: there is no rollout "nowhere"\n',
    });
  });

  it('does other things than migrations', async () => {
    const { exitCode, stdout } = await tenantry('plan', 'pro', '--where', 'id^=alpha', '--follow', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verb: 'changePlan', counts: { succeeded: 1 } });
    expect(await t.tenantry.get('alpha')).toMatchObject({ plan: 'pro' });
    expect(await tenantry('resume', '--where', 'state=suspended', '--follow')).toMatchObject({ exitCode: 0 });
    expect(await t.tenantry.get('charlie')).toMatchObject({ state: 'ready' });
  });

  it('says while it waits that no worker is up, and after Ctrl-C that the rollout goes on', async () => {
    worker.shutdown();
    const child = spawn(
      process.execPath,
      [compiledModule('cli/main'), 'fleet', 'rotate', '--now', '--wait'],
      {
        env: { ...process.env, ...t.environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (more) => {
      said += more;
    });
    await eventually('it says that no worker is up', async () => said.includes('no worker takes tasks from'));
    const [, id = ''] = /^rollout (rotate-[0-9a-f]{10})\n/.exec(said) ?? [];
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(130);
    expect(said).toMatch(
      new RegExp(
        `for rollout ${id}, which goes on at a worker\n.* fleet status ${id} --follow\n.* fleet pause ${id}\n$`,
      ),
    );
    worker = await t.startWorker();
    expect(await tenantry('status', id, '--follow')).toMatchObject({ exitCode: 0 });
  });
});
