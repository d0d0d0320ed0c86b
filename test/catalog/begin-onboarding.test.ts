import { describe, expect, it } from 'vitest';
import type { Projects } from '../../catalog/projects.js';
import type { Writer } from '../../catalog/tenant.js';
import type { Onboarding } from '../../catalog/tenants.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const test = testCatalog();
const reason = { type: 'MigrationFailed' as const, message: 'the migration does not apply' };

const attempt = (writer: Writer, seenClosed?: string) =>
  test.catalog.tenants.beginOnboarding(writer, namesOf(writer), seenClosed);

async function begin(writer: Writer, seenClosed?: string): Promise<Onboarding> {
  const onboarding = await attempt(writer, seenClosed);
  if ('kind' in onboarding) throw new Error(`run ${onboarding.runId} holds it`);
  return onboarding;
}
const nameOf = (writer: Writer) => namesOf(writer).projectName;
const later = (writer: Writer): Writer => ({ ...writer, runId: 'run-2' });

describe('onboarding', () => {
  it('of a newcomer begins and puts the tenant on record', async () => {
    const writer = newcomer();
    expect(await begin(writer)).toMatchObject({ from: undefined, begun: true, leftover: false });
    const { workflowId: _, ...row } = writer;
    expect(await test.catalog.tenants.get(writer)).toMatchObject({
      ...row,
      ...namesOf(writer),
      state: 'provisioning',
    });
  });

  it('begins again for a later run after a failure, which is forgotten', async () => {
    const writer = newcomer();
    await begin(writer);
    await test.catalog.operations.fail(writer, 'onboard', reason, true);
    const again = await test.catalog.tenants.beginOnboarding(later(writer), {
      ...namesOf(writer),
      plan: 'pro',
    });
    const tenant = await test.catalog.tenants.get(writer);
    expect(again).toEqual({ tenant, from: 'failed', begun: true, leftover: false });
    expect(tenant).toMatchObject({ state: 'provisioning', runId: 'run-2', plan: 'pro', failure: undefined });
  });

  it('begins again for a later run where one was terminated in the middle, once that was seen closed', async () => {
    const writer = newcomer();
    await begin(writer);
    const before = await test.catalog.tenants.get(writer);
    const held = { kind: 'held', runId: writer.runId };
    expect(await attempt(later(writer))).toEqual(held);
    expect(await attempt(later(writer), 'run-0')).toEqual(held);
    expect(await test.catalog.tenants.get(writer)).toEqual(before);
    expect(await begin(later(writer), writer.runId)).toMatchObject({ from: 'provisioning', begun: true });
  });

  it('does not begin on a tenant that is ready, and changes nothing', async () => {
    const writer = newcomer();
    await begin(writer);
    await test.catalog.operations.succeed(writer, 'onboard', {
      detail: {},
      change: { schema_version: '0001', access: '1' },
    });
    const before = await test.catalog.tenants.get(writer);
    const refused = await test.catalog.tenants.beginOnboarding(later(writer), {
      ...namesOf(writer),
      plan: 'pro',
    });
    expect(refused).toEqual({ tenant: before, from: 'ready', begun: false, leftover: false });
    expect(await test.catalog.tenants.get(writer)).toEqual(before);
  });

  it('begins again for the same run, whose first attempt got no answer', async () => {
    const writer = newcomer();
    const { tenant } = await begin(writer);
    const again = await begin(writer);
    expect(again).toMatchObject({ begun: true, leftover: false });
    expect({ ...again.tenant, updatedAt: tenant.updatedAt }).toEqual(tenant);
  });

  it('asked for by many runs at once goes to one, which all others are told of', async () => {
    const writer = newcomer();
    const runs = ['run-1', 'run-2', 'run-3', 'run-4', 'run-5'];
    const attempts = await Promise.all(runs.map((runId) => attempt({ ...writer, runId })));
    const { runId: first } = await test.catalog.tenants.get(writer).then((tenant) => tenant ?? writer);
    expect(attempts.filter((each) => !('kind' in each))).toMatchObject([{ from: undefined, begun: true }]);
    expect(attempts.filter((each) => 'kind' in each)).toEqual(
      Array.from({ length: 4 }, () => ({ kind: 'held', runId: first })),
    );
    const writes = runs.map((runId) =>
      test.catalog.projects.recordProject({ ...writer, runId }, nameOf(writer), 'p-many'),
    );
    const outcomes = await Promise.allSettled(writes);
    const holder = runs[outcomes.findIndex(({ status }) => status === 'fulfilled')];
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await test.catalog.tenants.get(writer))?.runId).toBe(holder);
  });
});

describe('a project of an earlier run', () => {
  type History = (projects: Projects, writer: Writer) => Promise<void>;
  const histories: [string, boolean, History][] = [
    ['nothing was sent', false, async () => {}],
    [
      'a create was sent',
      true,
      (projects, writer) => projects.markCreatePosted(writer, nameOf(writer), 'aws-us-east-1', [1_000]),
    ],
    [
      'a create was refused',
      false,
      async (projects, writer) => {
        await projects.markCreatePosted(writer, nameOf(writer), 'aws-us-east-1', [1_000]);
        await projects.clearCreatePosted(writer, nameOf(writer), 'refused');
      },
    ],
    [
      'a look saw nothing of a create, which may yet turn up',
      true,
      async (projects, writer) => {
        await projects.markCreatePosted(writer, nameOf(writer), 'aws-us-east-1', [1_000]);
        await projects.clearCreatePosted(writer, nameOf(writer), 'not-seen');
      },
    ],
    [
      'a project is on record',
      true,
      async (projects, writer) => {
        await projects.markCreatePosted(writer, nameOf(writer), 'aws-us-east-1', [1_000]);
        await projects.recordProject(writer, nameOf(writer), `project of ${writer.id}`);
      },
    ],
    [
      'the project on record is deleted, but others may have been made',
      true,
      async (projects, writer) => {
        await projects.markCreatePosted(writer, nameOf(writer), 'aws-us-east-1', [1_000]);
        await projects.recordProject(writer, nameOf(writer), `project of ${writer.id}`);
        await projects.recordDeletion(writer, `project of ${writer.id}`);
      },
    ],
    [
      'all projects are certainly gone',
      false,
      async (projects, writer) => {
        await projects.markCreatePosted(writer, nameOf(writer), 'aws-us-east-1', [1_000]);
        await projects.recordProject(writer, nameOf(writer), `project of ${writer.id}`);
        await projects.condemn(writer, ['live']);
        await projects.recordDeletion(writer, `project of ${writer.id}`);
        await projects.settle(nameOf(writer), [1_000]);
      },
    ],
  ];

  it.each(histories)('after %s may be left over: %s', async (_, leftover, history) => {
    const writer = newcomer();
    await begin(writer);
    await history(test.catalog.projects, writer);
    expect((await begin(later(writer), writer.runId)).leftover).toBe(leftover);
  });

  it('is still told of when the run asks again because the first answer got lost', async () => {
    const writer = newcomer();
    await begin(writer);
    await test.catalog.projects.recordProject(writer, nameOf(writer), `project of ${writer.id}`);
    await begin(later(writer), writer.runId);
    expect((await begin(later(writer))).leftover).toBe(true);
  });
});
