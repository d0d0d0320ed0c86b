import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';
import { run } from './clients/programs.js';
import { emulatorProcess } from './emulator-process.js';
import { settled } from './stories.js';
import { eventually, sql } from './with-emulator.js';

type Emulator = Awaited<ReturnType<typeof emulatorProcess>>;

let folder: ScratchFolder;
beforeEach(() => {
  folder = scratchFolder('neon-emulator-');
});
afterEach(() => folder.remove());

interface Heard {
  readonly id: string;
  readonly uri: string;
}

/** Twenty creations at once; those that are answered are told, those that are not have no answer. */
function createTwenty({ url, apiKey }: Emulator, tell: (heard: Heard) => unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const one = async (number: number) => {
    const body = JSON.stringify({ project: { name: `tenant-${number}` } });
    const reply = await fetch(`${url}/projects`, { method: 'POST', headers, body });
    const made = (await reply.json()) as {
      project: { id: string };
      connection_uris: { connection_uri: string }[];
    };
    tell({ id: made.project.id, uri: made.connection_uris[0]?.connection_uri ?? '' });
  };
  return Promise.allSettled(Array.from({ length: 20 }, (_, number) => one(number)));
}

/** The data directories that some Postgres works in, of this folder. */
async function servers(): Promise<string[]> {
  const { stdout } = await run('ps', ['-ww', '-A', '-o', 'command=']);
  const server = new RegExp(`^\\S*postgres -D (${folder.path}\\S+)`);
  return stdout.split('\n').flatMap((line) => server.exec(line)?.[1] ?? []);
}

/** What lies in the room of clusters and belongs to a project, as `project/branch`. */
function dataDirectories(): string[] {
  const room = join(folder.path, 'clusters');
  return readdirSync(room)
    .filter((name) => /-\d{8}$/.test(name))
    .flatMap((project) => readdirSync(join(room, project)).map((name) => `${project}/${name}`));
}

/** Everything that must be so after whatever has happened. */
async function expectConsistency(emulator: Emulator, heard: readonly Heard[]): Promise<void> {
  const { body } = await emulator.api('GET', '/projects?limit=400');
  const projects: { id: string }[] = body.projects;
  expect(projects.map(({ id }) => id)).toEqual(expect.arrayContaining(heard.map(({ id }) => id)));
  for (const { id } of projects) {
    const query = 'database_name=neondb&role_name=neondb_owner';
    const { uri } = (await emulator.api('GET', `/projects/${id}/connection_uri?${query}`)).body;
    const known = heard.find((one) => one.id === id);
    if (known !== undefined) expect(uri).toBe(known.uri);
    // A connection waits for its compute, which twenty of them take longer for than any poll of ours.
    await sql(uri, (client) => client.query('CREATE TABLE after_the_crash ()'));
    const operations = await settled(emulator.api, id);
    expect(operations.map(({ status }) => status)).toEqual(operations.map(() => 'finished'));
  }
  const branches = await Promise.all(
    projects.map(async ({ id }) => {
      const [branch] = (await emulator.api('GET', `/projects/${id}/branches`)).body.branches;
      return `${id}/${branch.id}`;
    }),
  );
  const owned = (path: string) => branches.some((branch) => path.startsWith(branch));
  expect(dataDirectories().filter((path) => !owned(path) || path.endsWith('.new'))).toEqual([]);
  const inRoom = (path: string) => path.slice(join(folder.path, 'clusters').length + 1);
  expect((await servers()).map(inRoom).sort()).toEqual(branches.sort());
}

describe('an emulator that is killed with SIGKILL in the middle of twenty creations', {
  timeout: 240_000,
}, () => {
  it('has every project it promised, and none by halves', async () => {
    const first = await emulatorProcess(folder.path);
    const heard: Heard[] = [];
    await new Promise<void>((resolve) => {
      void createTwenty(first, (one) => heard.push(one) === 7 && resolve());
    });
    await first.kill();
    await eventually(servers, (left) => left.length === 0);

    const second = await emulatorProcess(folder.path);
    await expectConsistency(second, heard);
    await second.stop();
    expect(await servers()).toEqual([]);
  });

  it('keeps what was written to those that were ready', async () => {
    const first = await emulatorProcess(folder.path);
    const heard: Heard[] = [];
    const creations = createTwenty(first, (one) => heard.push(one));
    await eventually(
      async () => heard.length,
      (count) => count > 0,
    );
    const [early] = heard;
    if (early === undefined) throw new Error('nothing was heard');
    await sql(early.uri, (client) => client.query('CREATE TABLE before AS SELECT 42 AS answer'));
    await Promise.all([first.kill(), creations]);

    const second = await emulatorProcess(folder.path);
    const kept = await sql(early.uri, (client) => client.query('SELECT answer FROM before'));
    expect(kept.rows).toEqual([{ answer: 42 }]);
    await expectConsistency(second, heard);
    await second.stop();
    expect(await servers()).toEqual([]);
  });
});
