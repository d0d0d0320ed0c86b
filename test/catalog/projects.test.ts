import { beforeEach, describe, expect, it } from 'vitest';
import { NameTakenError } from '../../catalog/name-taken.js';
import type { LookAgain, Project, Projects } from '../../catalog/projects.js';
import { StaleRunError, TenantRecordError, type Writer } from '../../catalog/tenant.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();
const hour = 3_600_000;
const looks: LookAgain = [hour, 24 * hour];

let acme: Writer;
let name: string;
let id: string;

beforeEach(async () => {
  acme = newcomer();
  name = namesOf(acme).projectName;
  id = `project of ${acme.id}`;
  await test.catalog.tenants.beginOnboarding(acme, namesOf(acme));
});

const present = async (): Promise<Project> => {
  const project = await test.catalog.projects.get(name);
  if (project === undefined) throw new Error('the project is not on record');
  return project;
};
const post = () => test.catalog.projects.markCreatePosted(acme, name, 'aws-us-east-1', looks);

/** Puts the moment since when it is in doubt, and the one when it is due, back by so much. */
const timePasses = (ms: number) =>
  test.rows(
    `update tenantry.projects set in_doubt_since = in_doubt_since - $1 * interval '1 ms', due_at = due_at - $1 * interval '1 ms'
     where name = $2`,
    [ms, name],
  );

const isDue = async () =>
  (await test.catalog.duties.due(acme.fleet, { most: 1_000, mostLooks: 0, againMs: hour })).projects.some(
    (project) => project.name === name,
  );

describe('a write', () => {
  const writes: [keyof Projects, (projects: Projects, writer: Writer) => Promise<unknown>][] = [
    ['intend', (projects, writer) => projects.intend(writer, `${name}-next`, 'next')],
    ['markCreatePosted', (projects, writer) => projects.markCreatePosted(writer, name, 'r', looks)],
    ['clearCreatePosted', (projects, writer) => projects.clearCreatePosted(writer, name, 'refused')],
    ['recordProject', (projects, writer) => projects.recordProject(writer, name, 'p-stale')],
    ['recordCreated', (projects, writer) => projects.recordCreated(writer, name, 'p-stale', 'owner')],
    ['noteLogins', (projects, writer) => projects.noteLogins(writer, 'p-stale', ['somebody'])],
    ['condemn', (projects, writer) => projects.condemn(writer, ['live'])],
  ];

  it.each(writes)('of a run that was outlived is refused: %s', async (_, write) => {
    await test.catalog.tenants.beginOnboarding({ ...acme, runId: 'run-2' }, namesOf(acme), acme.runId);
    const before = await test.catalog.projects.list(acme);
    await expect(write(test.catalog.projects, acme)).rejects.toThrow(StaleRunError);
    expect(await test.catalog.projects.list(acme)).toEqual(before);
  });

  it.each(writes)('for a tenant that is not on record is refused: %s', async (_, write) => {
    await expect(write(test.catalog.projects, newcomer())).rejects.toThrow(StaleRunError);
  });
});

describe('creates', () => {
  it('are counted when they are sent, and no more when they were refused', async () => {
    await post();
    expect(await present()).toMatchObject({ createPosts: 1, createAgeMs: expect.any(Number), inDoubt: true });
    await test.catalog.projects.clearCreatePosted(acme, name, 'refused');
    expect(await present()).toMatchObject({ createPosts: 0, createAgeMs: undefined, inDoubt: false });
    expect((await present()).dueAt).toBeUndefined();
  });

  it('stay counted and in doubt when a look saw nothing of them', async () => {
    for (const createPosts of [1, 2]) {
      await post();
      await test.catalog.projects.clearCreatePosted(acme, name, 'not-seen');
      expect(await present()).toMatchObject({ createPosts, createAgeMs: undefined, inDoubt: true });
    }
  });

  it('are in doubt no more once the one project that they can have made is on record', async () => {
    await post();
    await test.catalog.projects.recordProject(acme, name, id);
    expect(await present()).toMatchObject({ neonId: id, createPosts: 1, inDoubt: false, dueAt: undefined });
  });

  it('stay in doubt where they can have made two', async () => {
    await post();
    await test.catalog.projects.clearCreatePosted(acme, name, 'not-seen');
    await post();
    await test.catalog.projects.recordProject(acme, name, id);
    expect(await present()).toMatchObject({ neonId: id, createPosts: 2, inDoubt: true });
    expect(await isDue()).toBe(false);
    await timePasses(hour);
    expect(await isDue()).toBe(true);
  });
});

describe('a project that is to go', () => {
  const gone = async () => {
    await test.catalog.projects.condemn(acme, ['live']);
    await test.catalog.projects.recordDeletion(acme, id);
    await test.catalog.projects.settle(name, looks);
  };

  it('is due at once, and is gone when none of its name is left', async () => {
    await post();
    await test.catalog.projects.recordProject(acme, name, id);
    expect(await test.catalog.projects.condemn(acme, ['live'])).toEqual([name]);
    expect(await isDue()).toBe(true);
    await gone();
    expect(await present()).toMatchObject({ role: 'gone', neonId: undefined, createPosts: 0 });
    expect(await isDue()).toBe(false);
  });

  it('is gone at once where nothing was ever sent for it', async () => {
    expect(await test.catalog.projects.condemn(acme, ['live'])).toEqual([]);
    expect(await present()).toMatchObject({ role: 'gone', dueAt: undefined });
  });

  it('stays to be looked for twice where a create is in doubt, and is gone then', async () => {
    await post();
    await test.catalog.projects.clearCreatePosted(acme, name, 'not-seen');
    await gone();
    for (const waitMs of [hour, 23 * hour]) {
      expect(await present()).toMatchObject({ role: 'condemned', inDoubt: true });
      expect(await isDue()).toBe(false);
      await timePasses(waitMs);
      expect(await isDue()).toBe(true);
      await test.catalog.projects.settle(name, looks);
    }
    expect(await present()).toMatchObject({ role: 'gone', inDoubt: false, createPosts: 0, dueAt: undefined });
  });

  it('is looked for though its tenant is erased', async () => {
    await post();
    await gone();
    await test.rows(`delete from tenantry.tenants where fleet = $1 and id = $2`, [acme.fleet, acme.id]);
    await timePasses(25 * hour);
    expect(await isDue()).toBe(true);
    await test.catalog.projects.settle(name, looks);
    expect(await test.catalog.projects.get(name)).toBeUndefined();
  });

  it('stays one that is to go while it has an id that nobody saw deleted', async () => {
    await post();
    await test.catalog.projects.recordProject(acme, name, id);
    await test.catalog.projects.condemn(acme, ['live']);
    await test.catalog.projects.settle(name, looks);
    expect(await present()).toMatchObject({ role: 'condemned', neonId: id });
    expect(await isDue()).toBe(true);
  });

  it('comes later when Neon refuses, each time later still, and says why', async () => {
    await post();
    await test.catalog.projects.recordProject(acme, name, id);
    await test.catalog.projects.condemn(acme, ['live']);
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries += 1) {
      await test.catalog.duties.postpone({ project: name }, '401: who are you', {
        firstMs: 60_000,
        longestMs: hour,
      });
      const { dueAt, trouble } = await present();
      expect(trouble).toBe('401: who are you');
      waits.push(Math.round((Number(dueAt) - Date.now()) / 60_000));
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(await isDue()).toBe(false);
  });

  it('is told of only after a while where Neon is busy with it', async () => {
    await post();
    await test.catalog.projects.recordProject(acme, name, id);
    await test.catalog.projects.condemn(acme, ['live']);
    const told: unknown[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const waits = { firstMs: 60_000, longestMs: hour, quietly: 2 };
      await test.catalog.duties.postpone({ project: name }, '423: busy', waits);
      told.push((await present()).trouble);
    }
    expect(told).toEqual([undefined, undefined, '423: busy']);
  });
});

describe('a run whose operation has ended', () => {
  const created = () => test.catalog.projects.recordCreated(acme, name, id, 'owner');
  const ends: [string, () => Promise<unknown>][] = [
    ['failed', () => test.catalog.operations.fail(acme, 'onboard', { type: 'Cancelled', message: '' }, true)],
    ['was given up', () => test.catalog.duties.giveUpOnboarding({ ...acme, runId: 'sweep' }, acme.runId)],
  ];

  it.each(ends)('begins nothing, as an attempt would that was frozen until it %s', async (_, end) => {
    await test.catalog.projects.condemn(acme, ['live']);
    await end();
    await expect(test.catalog.projects.intend(acme, name, 'live')).rejects.toThrow(StaleRunError);
    await expect(post()).rejects.toThrow(StaleRunError);
    expect(await present()).toMatchObject({ role: 'gone', createPosts: 0 });
  });

  it.each(ends)('leaves no project behind whose create is answered after it %s', async (_, end) => {
    await post();
    await end();
    await created();
    expect(await present()).toMatchObject({ role: 'condemned', neonId: id });
    expect(await isDue()).toBe(true);
  });

  it('leaves none behind whose create is answered when nobody looks for it any more', async () => {
    await post();
    await test.catalog.duties.giveUpOnboarding({ ...acme, runId: 'sweep' }, acme.runId);
    await timePasses(25 * hour);
    await test.catalog.projects.settle(name, looks);
    expect(await present()).toMatchObject({ role: 'gone' });
    await created();
    expect(await present()).toMatchObject({ role: 'condemned', neonId: id });
    expect(await isDue()).toBe(true);
  });
});

describe('a former project', () => {
  const moved = async (keepMs: number) => {
    await test.catalog.projects.recordCreated(acme, name, id, 'postgresql://owner:pw@here/app');
    await test.catalog.secrets.put(acme, 'app', 'postgresql://app:pw@here/app');
    await test.catalog.projects.intend(acme, `${name}-next`, 'next');
    await test.catalog.projects.recordCreated(
      acme,
      `${name}-next`,
      `${id} next`,
      'postgresql://owner:pw@there/app',
    );
    return test.catalog.switchProject(acme, { projectId: `${id} next`, keepMs });
  };

  it('is due when its time is up, and from then on nobody goes back to it', async () => {
    expect(await moved(1)).toMatchObject({ projectId: id });
    expect(await present()).toMatchObject({ role: 'former' });
    expect(await test.catalog.duties.claim(name)).toMatchObject({ role: 'condemned', neonId: id });
    expect(await test.catalog.switchProject(acme, { projectId: id, keepMs: 1 })).toBeUndefined();
  });

  it('is not taken before, and the tenant can go back to it', async () => {
    await moved(hour);
    expect(await test.catalog.duties.claim(name)).toBeUndefined();
    expect(await test.catalog.switchProject(acme, { projectId: id, keepMs: hour })).toBeDefined();
    expect(await present()).toMatchObject({ role: 'live', dueAt: undefined });
    expect((await test.catalog.tenants.get(acme))?.projectId).toBe(id);
  });

  it('takes its owner’s secret with it, and the tenant’s history tells', async () => {
    await moved(1);
    expect(await test.catalog.secrets.open(acme, `project:${id}`)).toBeDefined();
    await test.catalog.projects.recordDeletion(acme, id);
    expect(await test.catalog.secrets.open(acme, `project:${id}`)).toBeUndefined();
    expect((await test.catalog.history.of(acme)).at(-1)).toMatchObject({ detail: { retiredProjectId: id } });
  });
});

describe('a next project', () => {
  it('that another run left is to go once a run takes the tenant', async () => {
    await test.catalog.projects.recordProject(acme, name, id);
    await test.catalog.operations.succeed(acme, 'onboard', {
      detail: {},
      change: { schema_version: null, access: '1' },
    });
    const mover = { ...acme, runId: 'run-2' };
    await test.catalog.operations.begin(mover, 'move', {});
    await test.catalog.projects.intend(mover, `${name}-next`, 'next');
    await test.catalog.projects.markCreatePosted(mover, `${name}-next`, 'r', looks);
    await test.catalog.operations.begin(mover, 'move', {});
    expect(await test.catalog.projects.get(`${name}-next`)).toMatchObject({ role: 'next' });
    await test.catalog.operations.begin({ ...acme, runId: 'run-3' }, 'move', {}, { seenClosed: 'run-2' });
    expect(await test.catalog.projects.get(`${name}-next`)).toMatchObject({ role: 'condemned' });
  });
});

describe('a second project of one name', () => {
  it('is refused, and leaves the first one and its secret as they are', async () => {
    const { catalog } = test;
    await catalog.projects.recordCreated(acme, name, id, 'the first owner');
    await expect(
      catalog.projects.recordCreated(acme, name, `late for ${acme.id}`, 'the second owner'),
    ).rejects.toThrow(TenantRecordError);
    expect(await present()).toMatchObject({ neonId: id });
    expect(await catalog.secrets.open(acme, 'owner')).toBe('the first owner');
  });
});

describe('a deletion', () => {
  it('leaves the record alone when it was another project', async () => {
    await test.catalog.projects.recordProject(acme, name, id);
    const before = await present();
    await test.catalog.projects.recordDeletion(acme, `old ${id}`);
    await test.catalog.projects.recordDeletion(newcomer(), id);
    expect(await present()).toEqual(before);
  });
});

describe('a name', () => {
  it('is one tenant’s alone', async () => {
    const other = newcomer();
    await test.catalog.tenants.beginOnboarding(other, namesOf(other));
    await expect(test.catalog.projects.intend(other, name, 'next')).rejects.toThrow(NameTakenError);
    expect(await present()).toMatchObject({ tenant: { id: acme.id } });
  });
});
