import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { momentOn, numbers, readyProject, settled, write } from './stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
// Many data directories are much to remove.
afterAll(() => neon.stop(), 180_000);

/** A project whose table grew by one row at a time, and the moments in between. */
async function grownProject() {
  const project = await readyProject(neon.api);
  await write(project.uri, 1);
  const first = await momentOn(project.uri);
  await write(project.uri, 2);
  const second = await momentOn(project.uri);
  await write(project.uri, 3);
  return { ...project, first, second };
}

async function branchFrom(projectId: string, branch: Record<string, unknown>) {
  const { status, body } = await neon.api('POST', `/projects/${projectId}/branches`, {
    branch,
    endpoints: [{ type: 'read_write' }],
  });
  expect(status).toBe(201);
  const operations = await settled(neon.api, projectId);
  expect(operations.filter(({ error }) => error !== undefined)).toEqual([]);
  return { id: body.branch.id as string, uri: body.connection_uris[0].connection_uri as string };
}

describe('a branch from the past of its parent', () => {
  it('shows its parent as it was at a timestamp, and nobody’s connection drops', async () => {
    const project = await grownProject();
    await sql(project.uri, async (onParent) => {
      const child = await branchFrom(project.id, { parent_timestamp: project.first.timestamp });
      expect(await numbers(child.uri)).toEqual([1]);
      expect((await onParent.query('SELECT count(*)::int AS n FROM notes')).rows).toEqual([{ n: 3 }]);
      await write(child.uri, 9);
      expect(await numbers(child.uri)).toEqual([1, 9]);
      const { body } = await neon.api('GET', `/projects/${project.id}/branches/${child.id}`);
      expect(body.branch).toMatchObject({ parent_id: project.branch, current_state: 'ready' });
      expect(body.branch.parent_lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    });
    expect(await numbers(project.uri)).toEqual([1, 2, 3]);
  });

  it('shows its parent as it was at an LSN, also when the parent sleeps', async () => {
    const project = await grownProject();
    await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/suspend`);
    await settled(neon.api, project.id);
    const child = await branchFrom(project.id, { parent_lsn: project.second.lsn });
    expect(await numbers(child.uri)).toEqual([1, 2]);
    const { body } = await neon.api('GET', `/projects/${project.id}/endpoints/${project.endpoint}`);
    expect(body.endpoint.current_state).toBe('idle');
  });

  it('shows what was there at the end, when nothing has been written since', async () => {
    const project = await grownProject();
    const last = await momentOn(project.uri);
    const running = await branchFrom(project.id, { parent_timestamp: last.timestamp });
    expect(await numbers(running.uri)).toEqual([1, 2, 3]);
    const atEnd = await branchFrom(project.id, { parent_lsn: last.lsn });
    expect(await numbers(atEnd.uri)).toEqual([1, 2, 3]);
    await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/suspend`);
    await settled(neon.api, project.id);
    const asleep = await branchFrom(project.id, { parent_timestamp: last.timestamp });
    expect(await numbers(asleep.uri)).toEqual([1, 2, 3]);
  });

  it('sees through restarts of the compute', async () => {
    const project = await grownProject();
    await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/restart`);
    await settled(neon.api, project.id);
    await write(project.uri, 4);
    const third = await momentOn(project.uri);
    await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/restart`);
    await settled(neon.api, project.id);
    await write(project.uri, 5);
    expect(
      await numbers((await branchFrom(project.id, { parent_timestamp: project.first.timestamp })).uri),
    ).toEqual([1]);
    expect(await numbers((await branchFrom(project.id, { parent_timestamp: third.timestamp })).uri)).toEqual([
      1, 2, 3, 4,
    ]);
  });

  it('has a past of its own, and children from there', async () => {
    const project = await grownProject();
    const child = await branchFrom(project.id, { parent_timestamp: project.first.timestamp });
    await write(child.uri, 7);
    const later = await momentOn(child.uri);
    await write(child.uri, 8);
    const grandchild = await branchFrom(project.id, { parent_id: child.id, parent_lsn: later.lsn });
    expect(await numbers(grandchild.uri)).toEqual([1, 7]);
    const head = await branchFrom(project.id, { parent_id: project.branch });
    await write(head.uri, 10);
    const onHead = await momentOn(head.uri);
    await write(head.uri, 11);
    const ofHead = await branchFrom(project.id, { parent_id: head.id, parent_timestamp: onHead.timestamp });
    expect(await numbers(ofHead.uri)).toEqual([1, 2, 3, 10]);
  });

  it('lists the databases and roles that it really has', async () => {
    const project = await grownProject();
    const branch = `/projects/${project.id}/branches/${project.branch}`;
    await neon.api('POST', `${branch}/databases`, {
      database: { name: 'passing', owner_name: project.role },
    });
    await neon.api('POST', `/projects/${project.id}/branches`);
    await settled(neon.api, project.id);
    await neon.api('POST', `${branch}/roles`, { role: { name: 'visitor' } });
    await settled(neon.api, project.id);
    const between = await momentOn(project.uri);
    await neon.api('DELETE', `${branch}/databases/passing`);
    await settled(neon.api, project.id);
    await neon.api('DELETE', `${branch}/roles/visitor`);
    await settled(neon.api, project.id);

    const before = await branchFrom(project.id, { parent_timestamp: project.first.timestamp });
    const names = async (id: string, what: 'databases' | 'roles') =>
      (await neon.api('GET', `/projects/${project.id}/branches/${id}/${what}`)).body[what]
        .map(({ name }: { name: string }) => name)
        .sort();
    expect(await names(before.id, 'databases')).toEqual(['neondb']);
    expect(await names(before.id, 'roles')).toEqual([project.role]);
    const during = await branchFrom(project.id, { parent_timestamp: between.timestamp });
    expect(await names(during.id, 'databases')).toEqual(['neondb', 'passing']);
    expect(await names(during.id, 'roles')).toEqual([project.role, 'visitor']);
  });

  it('is refused where the past does not reach', async () => {
    const project = await readyProject(neon.api, { history_retention_seconds: 60 });
    const refused = (branch: Record<string, unknown>) =>
      neon.api('POST', `/projects/${project.id}/branches`, { branch });
    const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
    expect(await refused({ parent_timestamp: at(61) })).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('history window') },
    });
    expect(await refused({ parent_timestamp: at(30) })).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('before the branch') },
    });
    expect((await refused({ parent_timestamp: at(-60) })).status).toBe(422);
    expect((await refused({ parent_lsn: '0/1' })).status).toBe(422);
    expect((await refused({ parent_lsn: 'FF/FFFFFFFF' })).status).toBe(422);
    expect((await refused({ parent_lsn: 'somewhere' })).status).toBe(400);
    expect((await refused({ parent_lsn: '0/1', parent_timestamp: at(1) })).status).toBe(400);
  });
});

describe('a schema-only branch', () => {
  it('has the schema and no row, and no parent', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, async (client) => {
      await client.query('CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL)');
      await client.query('CREATE TABLE pets (owner int REFERENCES people, name text)');
      await client.query(
        "INSERT INTO people (name) VALUES ('Ada'), ('Grace'); INSERT INTO pets VALUES (1, 'Cat')",
      );
      await client.query('CREATE MATERIALIZED VIEW names AS SELECT name FROM people');
      await client.query('CREATE EXTENSION vector');
      await client.query('ANALYZE people');
    });
    const child = await branchFrom(project.id, { init_source: 'schema-only', name: 'bare' });
    const { body } = await neon.api('GET', `/projects/${project.id}/branches/${child.id}`);
    expect(body.branch).toMatchObject({ init_source: 'schema-only' });
    expect(body.branch).not.toHaveProperty('parent_id');
    await sql(child.uri, async (client) => {
      const counts =
        'SELECT (SELECT count(*) FROM people)::int AS people, (SELECT count(*) FROM pets)::int AS pets';
      expect((await client.query(counts)).rows).toEqual([{ people: 0, pets: 0 }]);
      const stats = await client.query("SELECT FROM pg_stats WHERE tablename = 'people'");
      expect(stats.rowCount).toBe(0);
      const first = await client.query("INSERT INTO people (name) VALUES ('Joan') RETURNING id");
      expect(first.rows).toEqual([{ id: 1 }]);
      await expect(client.query("INSERT INTO pets VALUES (99, 'Dog')")).rejects.toMatchObject({
        code: '23503',
      });
      await client.query("SELECT '[1,2]'::vector");
    });
    expect(await sql(project.uri, (client) => client.query('SELECT FROM people'))).toMatchObject({
      rowCount: 2,
    });
    const deleted = await neon.api('DELETE', `/projects/${project.id}/branches/${child.id}`);
    expect(deleted.status).toBe(200);
  });
});

describe('an archived branch', () => {
  it('comes back when it is used', async () => {
    const project = await grownProject();
    const { body } = await neon.api('POST', `/projects/${project.id}/branches`, {
      branch: { archived: true },
    });
    await settled(neon.api, project.id);
    const path = `/projects/${project.id}/branches/${body.branch.id}`;
    expect((await neon.api('GET', path)).body.branch.current_state).toBe('archived');
    const endpoint = await neon.api('POST', `/projects/${project.id}/endpoints`, {
      endpoint: { branch_id: body.branch.id, type: 'read_write' },
    });
    expect(endpoint.status).toBe(201);
    await eventually(
      () => neon.api('GET', path),
      (answer) => answer.body.branch.current_state === 'ready',
    );
  });
});

describe('a history', () => {
  it('is let go of when it is older than the project wants to know', async () => {
    const project = await readyProject(neon.api);
    const path = `/projects/${project.id}`;
    const retain = async (history_retention_seconds: number) => {
      await neon.api('PATCH', path, { project: { history_retention_seconds } });
      await settled(neon.api, project.id);
    };
    const suspendWhenOlder = async (timestamp: string) => {
      await retain(1);
      await eventually(
        () => neon.api('POST', `${path}/branches`, { branch: { parent_timestamp: timestamp, name: 'main' } }),
        ({ body }) => String(body.message).includes('history window'),
      );
      await neon.api('POST', `${path}/endpoints/${project.endpoint}/suspend`);
      await settled(neon.api, project.id);
      await retain(3600);
    };
    await write(project.uri, 1);
    const old = await momentOn(project.uri);
    await write(project.uri, 2);
    await suspendWhenOlder((await momentOn(project.uri)).timestamp);
    expect(await numbers((await branchFrom(project.id, { parent_timestamp: old.timestamp })).uri)).toEqual([
      1,
    ]);

    await write(project.uri, 3);
    const recent = await momentOn(project.uri);
    await write(project.uri, 4);
    await suspendWhenOlder(recent.timestamp);
    const gone = { branch: { parent_timestamp: old.timestamp } };
    expect((await neon.api('POST', `${path}/branches`, gone)).status).toBe(422);
    const child = await branchFrom(project.id, { parent_timestamp: recent.timestamp });
    expect(await numbers(child.uri)).toEqual([1, 2, 3]);
  });

  it('of no seconds is none, and begins when the project asks for one', async () => {
    const project = await readyProject(neon.api, { history_retention_seconds: 0 });
    const path = `/projects/${project.id}`;
    const restart = () => neon.api('POST', `${path}/endpoints/${project.endpoint}/restart`);
    await write(project.uri, 1);
    // Before it has ever slept, too: a log that nobody wants would only keep a stop waiting.
    expect(await sql(project.uri, (client) => client.query('SHOW archive_mode'))).toMatchObject({
      rows: [{ archive_mode: 'off' }],
    });
    await restart();
    await settled(neon.api, project.id);
    await write(project.uri, 2);
    const unknown = await momentOn(project.uri);
    await neon.api('PATCH', path, { project: { history_retention_seconds: 3600 } });
    await restart();
    await settled(neon.api, project.id);
    const known = await momentOn(project.uri);
    await write(project.uri, 3);
    const refused = { branch: { parent_timestamp: unknown.timestamp } };
    expect((await neon.api('POST', `${path}/branches`, refused)).status).toBe(422);
    const child = await branchFrom(project.id, { parent_timestamp: known.timestamp });
    expect(await numbers(child.uri)).toEqual([1, 2]);
  });
});
