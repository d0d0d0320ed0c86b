import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstOf, more } from '../support/long-form.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';
import { emulatorProcess } from './emulator-process.js';
import { momentOn, numbers, readyProject, settled, write } from './stories.js';
import { eventually } from './with-emulator.js';

let folder: ScratchFolder;
beforeEach(() => {
  folder = scratchFolder('neon-emulator-');
});
afterEach(() => folder.remove());

type Emulator = Awaited<ReturnType<typeof emulatorProcess>>;

const clusters = (projectId: string) => readdirSync(join(folder.path, 'clusters', projectId));
/** What lies there by its name, without the logs and pasts that belong to it. */
const dataIds = (projectId: string) =>
  [...new Set(clusters(projectId).map((name) => name.split('.', 1)[0] ?? ''))].sort();

interface Story {
  readonly id: string;
  readonly uri: string;
  readonly branch: string;
  readonly then: { readonly timestamp: string; readonly lsn: string };
  readonly main: string;
  /** What lay in the folder of the project before the call. */
  readonly before: readonly string[];
}

/** When to kill: what the folder of the project must look like. */
const moments: Record<string, (story: Story) => boolean> = {
  'as it begins': () => true,
  'in the middle of the copy': ({ id }) => clusters(id).some((name) => name.endsWith('.new')),
  'when the data is there': ({ id, before }) =>
    clusters(id).some((name) => !name.includes('.') && !before.includes(name)),
};

interface Kind {
  begin(emulator: Emulator, story: Story): Promise<{ readonly status: number }>;
  /** What must be so once another emulator has ended it. */
  expectDone(emulator: Emulator, story: Story): Promise<void>;
}

const kinds: Record<string, Kind> = {
  'a branch from the past': {
    begin: ({ api }, { id, then }) =>
      api('POST', `/projects/${id}/branches`, {
        branch: { name: 'past', parent_timestamp: then.timestamp },
        endpoints: [{ type: 'read_write' }],
      }),
    async expectDone({ api }, { id, uri: ofMain, branch }) {
      const { body } = await api('GET', `/projects/${id}/branches?search=past`);
      const [past] = body.branches;
      expect(past.current_state).toBe('ready');
      const { body: endpoints } = await api('GET', `/projects/${id}/branches/${past.id}/endpoints`);
      const uri = new URL(ofMain);
      uri.host = endpoints.endpoints[0].host;
      expect(await numbers(uri.href)).toEqual([1]);
      expect(await numbers(ofMain)).toEqual([1, 2]);
      expect(dataIds(id)).toEqual([branch, past.id].sort());
    },
  },
  'a restore': {
    begin: ({ api }, { main, branch, then }) =>
      api('POST', `${main}/restore`, {
        source_branch_id: branch,
        source_lsn: then.lsn,
        preserve_under_name: 'kept',
      }),
    async expectDone(_, { id, uri }) {
      expect(await numbers(uri)).toEqual([1]);
      expect(dataIds(id)).toHaveLength(2);
      expect(clusters(id).filter((name) => name.endsWith('.new'))).toEqual([]);
    },
  },
  'a snapshot': {
    begin: ({ api }, { main, then }) =>
      api('POST', `${main}/snapshot?timestamp=${encodeURIComponent(then.timestamp)}`),
    async expectDone({ api }, { id, uri }) {
      const { body } = await api('GET', `/projects/${id}/snapshots`);
      const [snapshot] = body.snapshots;
      await api('POST', `/projects/${id}/snapshots/${snapshot.id}/restore`, { finalize_restore: true });
      await settled(api, id);
      expect(await numbers(uri)).toEqual([1]);
      expect(dataIds(id)).toHaveLength(3);
    },
  },
};

/** Begins them at once, each on a project of its own, kills once all are at the moment, and lets another emulator go on. */
async function killAt(moment: string, names: readonly string[]): Promise<void> {
  // Nothing ends before its hour, so that the kill comes before the end.
  const first = await emulatorProcess(folder.path, { createBranch: 60_000 });
  const stories: [Kind, Story][] = [];
  for (const name of names) {
    const ready = await readyProject(first.api);
    await write(ready.uri, 1);
    const then = await momentOn(ready.uri);
    await write(ready.uri, 2);
    const main = `/projects/${ready.id}/branches/${ready.branch}`;
    stories.push([kinds[name] as Kind, { ...ready, then, main, before: clusters(ready.id) }]);
  }
  const replies = await Promise.all(stories.map(([kind, story]) => kind.begin(first, story)));
  for (const { status } of replies) expect(status).toBeLessThan(300);
  await eventually(
    async () => stories.every(([, story]) => moments[moment]?.(story)),
    (reached) => reached === true,
  );
  await first.kill();
  const second = await emulatorProcess(folder.path);
  for (const [kind, story] of stories) {
    const operations = await settled(second.api, story.id);
    expect(operations.filter(({ status }) => status !== 'finished')).toEqual([]);
    await kind.expectDone(second, story);
  }
  await second.stop();
}

describe('an emulator that is killed with SIGKILL', () => {
  it.each(firstOf(['when the data is there', 'as it begins']))(
    'goes on with a branch from the past, a restore and a snapshot, killed %s',
    (moment) => killAt(moment, Object.keys(kinds)),
  );

  // A copy is over too soon for three of them to be in the middle of it at once.
  it.each(firstOf(Object.keys(kinds)))('goes on with %s, killed in the middle of the copy', (name) =>
    killAt('in the middle of the copy', [name]),
  );

  more('keeps deleted branches and deadlines, and nothing of what nobody knows', async () => {
    const first = await emulatorProcess(folder.path);
    const project = await readyProject(first.api);
    const path = `/projects/${project.id}/branches`;
    const make = async (branch: Record<string, unknown>) => {
      const { body } = await first.api('POST', path, { branch, endpoints: [{ type: 'read_write' }] });
      await settled(first.api, project.id);
      return { id: body.branch.id as string, uri: body.connection_uris[0].connection_uri as string };
    };
    const regretted = await make({ name: 'regretted' });
    await write(regretted.uri, 1);
    await first.api('DELETE', `${path}/${regretted.id}`);
    await settled(first.api, project.id);
    const expiring = await make({ expires_at: new Date(Date.now() + 5_000).toISOString() });
    await first.kill();

    const second = await emulatorProcess(folder.path);
    expect((await second.api('POST', `${path}/${regretted.id}/recover`)).status).toBe(200);
    expect(await numbers(regretted.uri)).toEqual([1]);
    await eventually(
      () => second.api('GET', `${path}/${expiring.id}`),
      ({ status }) => status === 404,
    );
    await settled(second.api, project.id);
    await second.api('DELETE', `${path}/${expiring.id}?hard_delete=true`);
    await second.api('DELETE', `${path}/${regretted.id}?hard_delete=true`);
    await settled(second.api, project.id);
    expect(dataIds(project.id)).toEqual([project.branch]);
    expect(existsSync(join(folder.path, 'clusters', 'template'))).toBe(true);
    await second.stop();
  });
});
