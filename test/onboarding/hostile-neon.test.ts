import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createProject } from '../../neon/projects.js';
import { projectRequest } from '../neon/emulated.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { type Heard, type LyingNeon, lyingNeon, type Reply } from './lying-neon.js';

let t: TestTenantry;
let neon: LyingNeon;
/** Somebody else's project, which lies put in the place of ours. */
let theirs: { readonly id: string; readonly name: string; readonly region_id: string };

beforeAll(async () => {
  const neonHost = async ({ url }: { readonly url: string }) => {
    neon = await lyingNeon(url);
    return neon.url;
  };
  t = await startTenantry({ fleet: { timings: { ...quickTimings, databaseDeadline: 2_000 } }, neonHost });
  await t.startWorker();
  theirs = (await createProject(t.neon, { ...projectRequest('theirs'), region_id: 'aws-eu-central-1' }))
    .project;
});

afterAll(async () => {
  await t?.stop();
  neon?.close();
});

afterEach(async () => {
  neon.tell();
  const touched = neon.heard.filter((call) => isChange(call) && call.path.includes(theirs.id));
  expect(touched).toEqual([]);
  expect(await t.emulator.liveProjects()).toContainEqual({
    id: theirs.id,
    name: theirs.name,
    deleted_at: null,
  });
});

const isChange = ({ method }: Heard) => method !== 'GET';
const isCreate = ({ method, path }: Heard) => method === 'POST' && path === '/projects';
const isListing = ({ method, path }: Heard) => method === 'GET' && path === '/projects';

/** Onboards, and answers why that failed. */
async function failedOnboarding(id: string) {
  const handle = await t.tenantry.start.onboard({ id });
  const failed = await handle.result().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failed).toMatchObject({ code: 'OPERATION_FAILED' });
  expect(await historyText(t.temporal, handle)).not.toContain(t.emulator.apiKey);
  return (await t.tenantry.get(id))?.failure;
}

const projectsOf = (id: string) => t.catalog.projects.list({ fleet: t.fleet.name, id: tenantIdOf(id) });

const oursNow = async () => (await t.emulator.liveProjects()).filter(({ id }) => id !== theirs.id);

describe('a create that is answered with', () => {
  it.each<[string, (reply: Reply) => Reply, string]>([
    ['the project of somebody else', swap, 'is "theirs" at Neon, and not "'],
    [
      'a project in another region',
      (reply) => change(reply, { region_id: 'aws-eu-central-1' }),
      'is in aws-eu-central-1 at Neon, and not in aws-us-east-1',
    ],
    [
      'a project of another organization',
      (reply) => change(reply, { org_id: 'org-theirs-12345678' }),
      'belongs to org-theirs-12345678 at Neon, and not to org-',
    ],
  ])(
    '%s fails and notes nothing; what it has made is found by its name, and removed',
    async (what, lie, says) => {
      const id = what.replaceAll(' ', '-');
      const before = neon.heard.length;
      let made: string | undefined;
      neon.tell((call, reply) => {
        if (!isCreate(call)) return reply;
        made = reply.project?.id;
        return lie(reply);
      });
      expect(await failedOnboarding(id)).toEqual({
        type: 'ForeignProject',
        message: expect.stringContaining(says),
      });
      expect(await t.tenantry.get(id)).toMatchObject({ state: 'failed', projectId: undefined });
      expect(await projectsOf(id)).toMatchObject([{ role: 'condemned', neonId: undefined, inDoubt: true }]);
      const heard = neon.heard.slice(before);
      // A delete is repeated while Neon is still at work on the project.
      const changes = new Set(heard.filter(isChange).map(({ method, path }) => `${method} ${path}`));
      expect([...changes]).toEqual(['POST /projects', `DELETE /projects/${made}`]);
      expect(await oursNow()).toEqual([]);
    },
  );

  it("the id of another tenant's project fails, and that tenant keeps it", async () => {
    const { projectId } = await t.tenantry.execute.onboard({ id: 'first' });
    neon.tell((call, reply) => (isCreate(call) ? change(reply, { id: projectId }) : reply));
    expect(await failedOnboarding('second')).toEqual({
      type: 'ForeignProject',
      message: expect.stringContaining(`project ${projectId} for this tenant, which is tenant "first"`),
    });
    expect((await oursNow()).map(({ id }) => id)).toEqual([projectId]);
    neon.tell();
    await t.tenantry.execute.offboard('first', { graceMs: 0 });
  });
});

describe('a project of somebody else under our name', () => {
  it('in a list, when an answer was lost, is not taken for what the create made', async () => {
    const create = { method: 'POST', path: '/projects' };
    await t.emulator.addFault({ match: create, effect: { kind: 'drop-after-apply' } });
    neon.tell((call, reply) =>
      isListing(call)
        ? { ...reply, projects: reply.projects?.map((project) => ({ ...project, id: theirs.id })) }
        : reply,
    );
    expect(await failedOnboarding('looking')).toEqual({
      type: 'ForeignProject',
      message: expect.stringMatching(/is "theirs" at Neon, .*; could not delete the project$/),
    });
    expect(await projectsOf('looking')).toMatchObject([
      { role: 'condemned', neonId: undefined, createPosts: 1 },
    ]);
    const [made] = await oursNow();

    neon.tell();
    const { projectId } = await t.tenantry.execute.onboard({ id: 'looking' });
    expect((await oursNow()).map(({ id }) => id)).toEqual([projectId]);
    expect(projectId).not.toBe(made?.id);
    await t.tenantry.execute.offboard('looking', { graceMs: 0 });
  });

  it('in the answer to a create is looked at before it is deleted, and left alone', async () => {
    await t.writeMigration('0001_bad.sql', 'nonsense;\n');
    neon.tell((call, reply) =>
      isCreate(call) ? { ...change(reply, { id: theirs.id }), operations: [] } : reply,
    );
    const failure = await failedOnboarding('mixed-up');
    expect(failure).toMatchObject({
      type: 'MigrationFailed',
      message: expect.stringMatching(/; could not delete the project$/),
    });
    // What the create made has our name, and is gone.
    expect(await oursNow()).toEqual([]);
    neon.tell();
    await t.writeMigration('0001_bad.sql', 'select 1;\n');
    expect(await failedOnboarding('mixed-up')).toEqual({
      type: 'ForeignProject',
      message: expect.stringMatching(
        `^project ${theirs.id} is "theirs" at Neon, and not "[^"]+", as the catalog has it, so it was not deleted; .*give it that name back`,
      ),
    });
  });
});

describe('a connection string that leads', () => {
  it('to a host that is not of Neon fails, and its project is removed', async () => {
    neon.tell((_, reply) => redirected(reply, 'ep-1.evil.example'));
    expect(await failedOnboarding('lured-away')).toEqual({
      type: 'NeonContractViolation',
      message: expect.stringContaining('names the host ep-1.evil.example, which is not below neon.tech'),
    });
    expect(await oursNow()).toEqual([]);
  });

  it("to a Postgres that asks for a password in clear gets nobody's", async () => {
    const trap = await passwordTrap();
    let password = '';
    neon.tell((_, reply) => {
      const [uri] = reply.connection_uris ?? [];
      password ||= uri === undefined ? '' : new URL(uri.connection_uri).password;
      return redirected(reply, trap.address);
    });
    expect(await failedOnboarding('trapped')).toEqual({
      type: 'DatabaseUnreachable',
      message: expect.stringContaining('asked for the password in clear, so it got nothing'),
    });
    expect(trap.heard()).toContain('app_owner');
    expect(password.length).toBeGreaterThan(8);
    expect(trap.heard()).not.toContain(password);
    expect(trap.heard()).not.toContain(t.emulator.apiKey);
    expect(await oursNow()).toEqual([]);
  });
});

describe("a tenant's project that was renamed at Neon", () => {
  it('is not deleted until it has its name back', async () => {
    const { projectId } = await t.tenantry.execute.onboard({ id: 'renamed' });
    const { projectName = '' } = (await t.tenantry.get('renamed')) ?? {};
    await rename(projectId, 'mine now');
    await expect(t.tenantry.execute.offboard('renamed', { graceMs: 0 })).rejects.toMatchObject({
      reason: {
        type: 'ForeignProject',
        message: expect.stringContaining(
          `project ${projectId} is "mine now" at Neon, and not "${projectName}"`,
        ),
      },
    });
    expect((await oursNow()).map(({ id }) => id)).toEqual([projectId]);

    await rename(projectId, projectName);
    const gone = await t.tenantry.execute.offboard('renamed', { graceMs: 0 });
    expect(gone).toMatchObject({ state: 'offboarded', deletedProjectIds: [projectId] });
    expect(await oursNow()).toEqual([]);
  });
});

describe("a tenant's project that Neon says is elsewhere", () => {
  it('is not deleted for as long as it says so', async () => {
    const { projectId } = await t.tenantry.execute.onboard({ id: 'elsewhere' });
    neon.tell(({ path }, reply) =>
      path === `/projects/${projectId}` ? change(reply, { region_id: 'aws-eu-central-1' }) : reply,
    );
    const offboard = async () => t.tenantry.execute.offboard('elsewhere', { graceMs: 0 });
    await expect(offboard()).rejects.toMatchObject({
      reason: {
        type: 'ForeignProject',
        message: expect.stringMatching(
          /is in aws-eu-central-1 at Neon, and not in aws-us-east-1, .* it was not deleted/,
        ),
      },
    });
    expect((await oursNow()).map(({ id }) => id)).toEqual([projectId]);
    neon.tell();
    expect(await offboard()).toMatchObject({ deletedProjectIds: [projectId] });
  });
});

describe('a move whose create is answered with the project of somebody else', () => {
  it('is undone, and the tenant stays where it is', async () => {
    const { projectId } = await t.tenantry.execute.onboard({ id: 'moving' });
    neon.tell((call, reply) => (isCreate(call) ? swap(reply) : reply));
    await expect(t.tenantry.execute.move('moving')).rejects.toMatchObject({
      reason: { type: 'ForeignProject' },
    });
    expect(await t.tenantry.get('moving')).toMatchObject({ state: 'ready', projectId });
    expect((await oursNow()).map(({ id }) => id)).toEqual([projectId]);
    neon.tell();
    await t.tenantry.execute.offboard('moving', { graceMs: 0 });
  });
});

function change(reply: Reply, by: Readonly<Record<string, string>>): Reply {
  return reply.project === undefined ? reply : { ...reply, project: { ...reply.project, ...by } };
}

function swap(reply: Reply): Reply {
  return change(reply, theirs);
}

/** The same reply, its connection strings leading to another host. */
function redirected(reply: Reply, host: string): Reply {
  const elsewhere = (uri: string) => uri.replace(/@[^/]+/, `@${host}`);
  return {
    ...reply,
    ...(reply.uri === undefined ? {} : { uri: elsewhere(reply.uri) }),
    ...(reply.connection_uris === undefined
      ? {}
      : {
          connection_uris: reply.connection_uris.map(({ connection_uri }) => ({
            connection_uri: elsewhere(connection_uri),
          })),
        }),
  };
}

/** A server that speaks Postgres' protocol as far as to ask for a password in clear, and keeps all that it gets. */
async function passwordTrap() {
  const got: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      got.push(data);
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: () => Buffer.concat(got).toString('latin1'),
  };
}

/** As somebody does in Neon's console. */
async function rename(projectId: string, name: string): Promise<void> {
  await eventually('Neon lets go of the project', async () => {
    const response = await fetch(`${t.emulator.url}/projects/${projectId}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ project: { name } }),
    });
    return response.ok;
  });
}
