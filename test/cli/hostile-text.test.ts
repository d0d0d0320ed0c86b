import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { line } from '../../cli/doctor/line.js';
import { changeLine, schedulesTable } from '../../cli/schedule-view.js';
import { OperationFailedError, ScheduleNotFoundError, TenantNotReadyError } from '../../client/index.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { runTenantry } from '../support/command-line.js';
import { createExistingProject } from '../support/existing-project.js';
import { hostile, unshowableIn } from '../support/hostile-text.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

/** All that a row of Postgres can hold, which is no null and no half of a character. */
const { 'a null': _, 'half a surrogate pair': __, ...storable } = hostile;
const text = `begin ${Object.values(storable).join(' ')} end`;

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      hooks: {
        async onboarded() {
          throw new Error(`${text} ${hostile['a null']} ${hostile['half a surrogate pair']}`);
        },
      },
      timings: { ...quickTimings, hookDeadline: 500 },
    },
  });
  await t.startWorker();
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    const reason = JSON.stringify({ type: 'MigrationFailed', message: text, requestId: text });
    await client.query(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role,
         schema_version, database_name, run_id, failure)
       values ($1, 'acme', 'failed', 'failed', $2, $2, $2, $2, 'run', $3)`,
      [t.fleet.name, text, reason],
    );
    await client.query(
      `insert into tenantry.projects (fleet, tenant_id, name, neon_id, role, region, trouble)
       values ($1, 'acme', $2, $2, 'live', $2, $2)`,
      [t.fleet.name, text],
    );
    await client.query(
      `insert into tenantry.history (fleet, tenant_id, operation, event, state, workflow_id, run_id, detail)
       values ($1, 'acme', 'onboard', 'failed', 'failed', $2, $2, $3)`,
      [t.fleet.name, text, reason],
    );
    await client.query('insert into tenantry.builds (fleet, id, schema) values ($1, $2, $2)', [
      t.fleet.name,
      text,
    ]);
    for (const kind of ['snapshot', 'state', 'branch']) {
      await client.query(
        `insert into tenantry.resources (fleet, tenant_id, kind, name, project_id, neon_id, detail)
         values ($1, 'acme', $2, $3, $3, $3, $4)`,
        [t.fleet.name, kind, text, JSON.stringify({ host: text, role: text, keeper: text })],
      );
    }
  });
});

afterAll(() => t.stop());

const run = (...args: string[]) => runTenantry(args, t.environment);

describe('text from elsewhere', () => {
  it.each([
    ['show', 'acme'],
    ['list'],
    ['history', 'acme'],
    ['snapshot', 'list', 'acme'],
    ['branch', 'list', 'acme'],
    ['export', 'acme'],
    ['builds'],
  ])('is shown and not obeyed by a terminal, in "%s"', async (...command) => {
    const { stdout, stderr, exitCode } = await run(...command);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain('begin');
    expect(unshowableIn(stdout, { lines: true })).toEqual([]);
    // A line of its own would pass for one of ours.
    expect(stdout).not.toMatch(/^2026-01-01T00:00:00Z/m);
  });

  it('is whole in JSON, where what a terminal would obey is an escape of JSON', async () => {
    const [show, history] = await Promise.all([
      run('show', 'acme', '--json'),
      run('history', 'acme', '--json'),
    ]);
    expect(unshowableIn(show.stdout + history.stdout, { lines: true })).toEqual([]);
    expect(JSON.parse(show.stdout)).toMatchObject({ plan: text, failure: { message: text } });
    expect(JSON.parse(history.stdout)).toMatchObject([{ runId: text, detail: { message: text } }]);
  });

  it('is shown in what a command complains of', async () => {
    const { stderr, exitCode } = await run('connect', 'acme');
    expect({ exitCode, hostile: unshowableIn(stderr, { lines: true }) }).toEqual({
      exitCode: 1,
      hostile: [],
    });
    expect(stderr).toMatch(/^tenantry: tenant "acme" is failed: begin .* end\n {2}more of it: .*\n$/);
    const misuse = await run('show', 'acme', `--${hostile['a control sequence of C1']}`);
    expect(unshowableIn(misuse.stderr, { lines: true })).toEqual([]);
  });

  it('of a hook is shown in how an onboarding ended, and in what is kept of it', async () => {
    // Who asks says which hooks are called; the worker has the code.
    const config = path.join(t.folder, 'hooked.config.mjs');
    await writeFile(
      config,
      `import fleet from '${t.environment.TENANTRY_CONFIG}';\nexport default { ...fleet, hooks: { onboarded: async () => {} } };\n`,
    );
    const { stderr, exitCode } = await runTenantry(['onboard', 'hooked', '--wait'], {
      ...t.environment,
      TENANTRY_CONFIG: config,
    });
    expect({ exitCode, hostile: unshowableIn(stderr, { lines: true }) }).toEqual({
      exitCode: 1,
      hostile: [],
    });
    expect(stderr).toContain('the hook "onboarded" failed: begin');
    expect(unshowableIn((await t.tenantry.get('hooked'))?.failure?.message ?? '\u0000')).toEqual([]);
    for (const { detail } of await t.tenantry.history('hooked'))
      expect(unshowableIn(JSON.stringify(detail))).toEqual([]);
  });

  it("of Neon is shown in an operation's answer: the name of a project that is to be adopted", async () => {
    const { project } = await createExistingProject(t, { name: `shop\u009b31m\u202e${'\u001b'}[2J` });
    const { stdout, stderr } = await run('adopt', 'shop', '--project', project.id, '--preview');
    expect(stdout, stderr).toContain('("shop\\x9b31m\\u202e\\x1b[2J", database "shop")');
    expect(unshowableIn(stdout + stderr, { lines: true })).toEqual([]);
  });

  it('is shown in the tables of schedules and in the lines of doctor, which have colours of our own', () => {
    const shown = [
      schedulesTable([
        {
          name: text,
          scheduleId: text,
          state: 'active',
          declared: true,
          workflow: text,
          note: text,
          nextRuns: [],
          runningNow: [],
          started: 0,
          skipped: 0,
          missed: 0,
        },
      ]),
      changeLine({ name: text, scheduleId: text, change: 'update', differences: ['args'] }, false),
      line({ check: 'neon', status: 'problem', message: text, cure: text }),
      line({ check: 'neon', status: 'ok', message: text }),
      line({ check: 'neon', status: 'skipped', message: text }),
    ];
    for (const each of shown)
      expect(unshowableIn(stripVTControlCharacters(each), { lines: true })).toEqual([]);
    expect(shown[0]?.split('\n')).toHaveLength(2);
  });

  it('is shown in the errors that a client throws, in their stacks and in their reasons', () => {
    const reason = { type: 'HookFailed' as const, message: text, requestId: text };
    const errors = [
      new OperationFailedError('acme', 'run', 'onboard', reason),
      new TenantNotReadyError('acme', 'failed', reason),
      new ScheduleNotFoundError(text, 'nightly'),
    ];
    for (const error of errors) {
      expect(unshowableIn(error.stack ?? '', { lines: true })).toEqual([]);
      expect(unshowableIn(JSON.parse(JSON.stringify({ ...error, name: '' })).reason?.message ?? '')).toEqual(
        [],
      );
    }
  });
});

it('nothing of the command line prints but through the one door', async () => {
  const folder = path.join(checkoutRoot, 'cli');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const printing: string[] = [];
  for (const file of files) {
    const code = await readFile(path.join(folder, file), 'utf8');
    if (/process\.std(out|err)\.write|console\./.test(code)) printing.push(file);
  }
  // The script for a shell is ours, word for word; so is what the help says.
  expect(printing.sort()).toEqual(['commands/completion.ts', 'program.ts', 'say.ts']);
});
