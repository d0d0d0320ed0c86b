import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';
import { emulatorProcess } from './emulator-process.js';
import { readyProject, settled } from './stories.js';
import { eventually, sql } from './with-emulator.js';

let folder: ScratchFolder;
beforeEach(() => {
  folder = scratchFolder('neon-emulator-');
});
afterEach(() => folder.remove());

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('an emulator that is killed with SIGKILL', () => {
  it('leaves no Postgres behind, and is the same after a restart', async () => {
    const first = await emulatorProcess(folder.path);
    const project = await readyProject(first.api, { name: 'lasting' });
    await sql(project.uri, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS n'));
    const pidFile = join(folder.path, 'clusters', project.id, project.branch, 'postmaster.pid');
    const postmaster = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
    await first.kill();
    await eventually(
      async () => isAlive(postmaster),
      (alive) => !alive,
    );

    const second = await emulatorProcess(folder.path);
    expect(second).toMatchObject({ apiKey: first.apiKey, orgId: first.orgId });
    const { body } = await second.api('GET', '/projects?search=lasting');
    expect(body.projects).toMatchObject([{ id: project.id }]);
    const rows = await sql(project.uri, (client) => client.query('SELECT n FROM kept'));
    expect(rows.rows).toEqual([{ n: 1 }]);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
  });

  it('goes on with the operations that were under way', async () => {
    const slow = await emulatorProcess(folder.path, { createTimeline: 60_000, startFirstCompute: 60_000 });
    const { body } = await slow.api('POST', '/projects', { project: { name: 'interrupted' } });
    await slow.kill();
    const next = await emulatorProcess(folder.path);
    const operations = await settled(next.api, body.project.id);
    expect(operations.map(({ status }) => status)).toEqual(['finished', 'finished']);
    await sql(body.connection_uris[0].connection_uri, (client) => client.query('SELECT 1'));
    await next.stop();
  });
});
