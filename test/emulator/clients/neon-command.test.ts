import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { more } from '../../support/long-form.js';
import { settled } from '../stories.js';
import { postgresForTests, type TestEmulator, testEmulator } from '../with-emulator.js';
import { neonCommand, psqlWithTls, run } from './programs.js';
import { type Witness, witness } from './witness.js';

let emulator: TestEmulator;
let between: Witness;
let command: ReturnType<typeof neonCommand>;
beforeAll(async () => {
  emulator = await testEmulator();
  between = await witness(emulator.url, 'neon command');
  command = neonCommand(between.url, emulator.apiKey);
});
afterAll(async () => {
  command.remove();
  between.close();
  await emulator.stop();
});

const named = (list: { name: string }[]) => list.map(({ name }) => name);

describe('the neon command', { timeout: 120_000 }, () => {
  let projectId = '';
  const here = (...args: string[]) => command.json(...args, '--project-id', projectId);

  it('creates a project and finds it again', async () => {
    const created = await command.json('projects', 'create', '--name', 'by-command');
    projectId = created.project.id;
    expect(created.project.name).toBe('by-command');
    await settled(emulator.api, projectId);
    const list = await command.json('projects', 'list');
    expect(named(list.projects ?? list)).toEqual(['by-command']);
    expect((await command.json('projects', 'get', projectId)).id).toBe(projectId);
  });

  it('creates, lists and deletes a branch', async () => {
    const created = await here('branches', 'create', '--name', 'feature');
    expect(created.branch.name).toBe('feature');
    // It does not wait for operations, and tries again when they are in its way.
    await here('branches', 'delete', 'feature');
    await settled(emulator.api, projectId);
    expect(named(await here('branches', 'list'))).toEqual(['main']);
  });

  it('creates, lists and deletes roles and databases', async () => {
    await here('roles', 'create', '--name', 'writer');
    await here('databases', 'create', '--name', 'second', '--owner-name', 'writer');
    expect(named(await here('roles', 'list')).sort()).toEqual(['neondb_owner', 'writer']);
    expect(named(await here('databases', 'list')).sort()).toEqual(['neondb', 'second']);
    await here('databases', 'delete', 'second');
    await here('roles', 'delete', 'writer');
    await settled(emulator.api, projectId);
    expect(named(await here('roles', 'list'))).toEqual(['neondb_owner']);
    expect(named(await here('databases', 'list'))).toEqual(['neondb']);
  });

  it('lists the operations', async () => {
    const list: { action: string; status: string }[] = await here('operations', 'list');
    expect(list.at(-1)).toMatchObject({ action: 'create_timeline', status: 'finished' });
    expect(list.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['create_branch', 'apply_config']),
    );
  });

  it('prints a connection string that asks for TLS and channel binding, and psql connects with it', async (context) => {
    for (const pooled of [[], ['--pooled']]) {
      const { stdout } = await command.neon('connection-string', '--project-id', projectId, ...pooled);
      expect(new URL(stdout.trim()).search).toBe('?sslmode=require&channel_binding=require');
      const psql = await psqlWithTls();
      if (psql === undefined) return context.skip('no psql with TLS on the PATH');
      const said = await run(psql, [
        stdout.trim(),
        '-XAt',
        '-c',
        'SELECT current_user, 6 * 7',
        '-c',
        '\\conninfo',
      ]);
      expect(said).toMatchObject({ code: 0, stdout: expect.stringMatching(/^neondb_owner\|42\n.*TLS|SSL/s) });
    }
  });

  more(
    'prints a connection string without TLS, for the psql that comes with the Postgres of the emulator',
    async () => {
      const { stdout } = await command.neon('connection-string', '--project-id', projectId, '--ssl', 'omit');
      const psql = join(postgresForTests().binDir, 'psql');
      expect(await run(psql, [stdout.trim(), '-XAtc', 'SELECT 6 * 7'])).toMatchObject({
        code: 0,
        stdout: '42\n',
      });
    },
  );

  more('runs psql itself, the one on the PATH and the one it brings along', async (context) => {
    const ask = (...how: string[]) =>
      command.neon('psql', '--project-id', projectId, ...how, '--', '-XAt', '-c', 'SELECT 6 * 7');
    expect(await ask('--fallback')).toMatchObject({ code: 0, stdout: '42\n' });
    if ((await psqlWithTls()) === undefined) return context.skip('no psql with TLS on the PATH');
    expect(await ask()).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('reads an error as Neon’s', async () => {
    const { code, stderr } = await command.neon('projects', 'get', 'no-such-project-12345678');
    expect([code, stderr]).toEqual([1, expect.stringContaining('project not found')]);
  });

  it('deletes the project', async () => {
    await command.json('projects', 'delete', projectId);
    expect((await emulator.api('GET', `/projects/${projectId}`)).status).toBe(404);
  });

  it('has said and heard nothing that Neon’s description does not know', () => {
    expect(between.objections).toEqual([]);
    expect(between.calls.length).toBeGreaterThan(30);
  });
});
