import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

/** When to kill: what the folder of the project must look like, compared with before the call. */
const moments: Record<string, (projectId: string, before: readonly string[]) => boolean> = {
  'as it begins': () => true,
  'in the middle of the copy': (projectId) => clusters(projectId).some((name) => name.endsWith('.new')),
  'when the data is there': (projectId, before) =>
    clusters(projectId).some((name) => !name.includes('.') && !before.includes(name)),
};

async function storyUntilKilled(
  moment: string,
  call: (emulator: Emulator, project: Story) => Promise<{ readonly status: number }>,
) {
  // Nothing ends before its hour, so that the kill comes before the end.
  const first = await emulatorProcess(folder.path, { createBranch: 60_000 });
  const ready = await readyProject(first.api);
  await write(ready.uri, 1);
  const then = await momentOn(ready.uri);
  await write(ready.uri, 2);
  const before = clusters(ready.id);
  const story: Story = { ...ready, then, main: `/projects/${ready.id}/branches/${ready.branch}` };
  expect((await call(first, story)).status).toBeLessThan(300);
  await eventually(
    async () => moments[moment]?.(ready.id, before),
    (reached) => reached === true,
  );
  await first.kill();
  const second = await emulatorProcess(folder.path);
  const operations = await settled(second.api, ready.id);
  expect(operations.filter(({ status }) => status !== 'finished')).toEqual([]);
  return { story, emulator: second };
}

interface Story {
  readonly id: string;
  readonly uri: string;
  readonly branch: string;
  readonly endpoint: string;
  readonly then: { readonly timestamp: string; readonly lsn: string };
  readonly main: string;
}

describe('an emulator that is killed with SIGKILL', { timeout: 60_000 }, () => {
  it.each(Object.keys(moments))('goes on with a branch from the past, killed %s', async (moment) => {
    const { story, emulator } = await storyUntilKilled(moment, ({ api }, { id, then }) =>
      api('POST', `/projects/${id}/branches`, {
        branch: { name: 'past', parent_timestamp: then.timestamp },
        endpoints: [{ type: 'read_write' }],
      }),
    );
    const { body } = await emulator.api('GET', `/projects/${story.id}/branches?search=past`);
    const [past] = body.branches;
    expect(past.current_state).toBe('ready');
    const { body: endpoints } = await emulator.api(
      'GET',
      `/projects/${story.id}/branches/${past.id}/endpoints`,
    );
    const uri = new URL(story.uri);
    uri.host = endpoints.endpoints[0].host;
    expect(await numbers(uri.href)).toEqual([1]);
    expect(await numbers(story.uri)).toEqual([1, 2]);
    expect(dataIds(story.id)).toEqual([story.branch, past.id].sort());
    await emulator.stop();
  });

  it.each(Object.keys(moments))('goes on with a restore, killed %s', async (moment) => {
    const { story, emulator } = await storyUntilKilled(moment, ({ api }, { main, branch, then }) =>
      api('POST', `${main}/restore`, {
        source_branch_id: branch,
        source_lsn: then.lsn,
        preserve_under_name: 'kept',
      }),
    );
    expect(await numbers(story.uri)).toEqual([1]);
    expect(dataIds(story.id)).toHaveLength(2);
    expect(clusters(story.id).filter((name) => name.endsWith('.new'))).toEqual([]);
    await emulator.stop();
  });

  it.each(Object.keys(moments))('goes on with a snapshot, killed %s', async (moment) => {
    const { story, emulator } = await storyUntilKilled(moment, ({ api }, { main, then }) =>
      api('POST', `${main}/snapshot?timestamp=${encodeURIComponent(then.timestamp)}`),
    );
    const { body } = await emulator.api('GET', `/projects/${story.id}/snapshots`);
    const [snapshot] = body.snapshots;
    await emulator.api('POST', `/projects/${story.id}/snapshots/${snapshot.id}/restore`, {
      finalize_restore: true,
    });
    await settled(emulator.api, story.id);
    expect(await numbers(story.uri)).toEqual([1]);
    expect(dataIds(story.id)).toHaveLength(3);
    await emulator.stop();
  });

  it('keeps deleted branches and deadlines, and nothing of what nobody knows', async () => {
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
