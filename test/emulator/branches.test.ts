import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from './stories.js';
import { sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());

describe('a branch', () => {
  it('is a copy of its parent that goes its own way, and nobody’s connection drops', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, async (onParent) => {
      await onParent.query('CREATE TABLE notes AS SELECT 1 AS n');
      const { status, body } = await neon.api('POST', `/projects/${project.id}/branches`, {
        branch: { name: 'child' },
        endpoints: [{ type: 'read_write' }],
        annotation_value: { owner: 'us' },
      });
      expect(status).toBe(201);
      expect(body.roles).toMatchObject([{ name: project.role }]);
      expect(body.roles[0]).not.toHaveProperty('password');
      await settled(neon.api, project.id);
      await sql(body.connection_uris[0].connection_uri, async (onChild) => {
        await onChild.query('INSERT INTO notes VALUES (2)');
        expect((await onChild.query('SELECT n FROM notes ORDER BY n')).rows).toEqual([{ n: 1 }, { n: 2 }]);
      });
      expect((await onParent.query('SELECT n FROM notes')).rows).toEqual([{ n: 1 }]);
      const { body: list } = await neon.api('GET', `/projects/${project.id}/branches`);
      expect(list.annotations[body.branch.id].value).toEqual({ owner: 'us' });
    });
  });

  it('is also copied from a parent at rest', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, (client) => client.query('CREATE TABLE notes AS SELECT 1 AS n'));
    await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/suspend`);
    await settled(neon.api, project.id);
    const { body } = await neon.api('POST', `/projects/${project.id}/branches`, {
      endpoints: [{ type: 'read_write' }],
    });
    const rows = await sql(body.connection_uris[0].connection_uri, (client) =>
      client.query('SELECT n FROM notes'),
    );
    expect(rows.rows).toEqual([{ n: 1 }]);
  });

  it('has a name of its own within the project', async () => {
    const project = await readyProject(neon.api);
    const again = await neon.api('POST', `/projects/${project.id}/branches`, { branch: { name: 'main' } });
    expect(again).toMatchObject({
      status: 409,
      body: { code: '', message: 'branch already exists; branch_name:"main"' },
    });
  });

  it('needs neither a body nor a compute', async () => {
    const project = await readyProject(neon.api);
    const { status, body } = await neon.api('POST', `/projects/${project.id}/branches`);
    expect(status).toBe(201);
    expect(body.endpoints).toEqual([]);
    expect(body).not.toHaveProperty('connection_uris');
    await settled(neon.api, project.id);
    const uri = `/projects/${project.id}/connection_uri?branch_id=${body.branch.id}&database_name=neondb&role_name=neondb_owner`;
    expect((await neon.api('GET', uri)).status).toBe(404);
  });

  it('goes with its compute, and going twice is no error', async () => {
    const project = await readyProject(neon.api);
    const { body } = await neon.api('POST', `/projects/${project.id}/branches`, {
      endpoints: [{ type: 'read_write' }],
    });
    await settled(neon.api, project.id);
    const path = `/projects/${project.id}/branches/${body.branch.id}`;
    const root = `/projects/${project.id}/branches/${project.branch}`;
    expect((await neon.api('DELETE', root)).status).toBe(422);
    const deleted = await neon.api('DELETE', path);
    expect(deleted.body.operations).toMatchObject([
      { action: 'suspend_compute' },
      { action: 'delete_timeline' },
    ]);
    expect((await settled(neon.api, project.id))[0]?.status).toBe('finished');
    expect((await neon.api('GET', path)).status).toBe(404);
    expect((await neon.api('DELETE', path)).status).toBe(204);
    expect((await neon.api('GET', `/projects/${project.id}/branches/count`)).body).toEqual({ count: 1 });
    await expect(sql(body.connection_uris[0].connection_uri, async () => {})).rejects.toThrow();
  });

  it('can become the default, be renamed and be paged through', async () => {
    const project = await readyProject(neon.api);
    const branches = `/projects/${project.id}/branches`;
    const { body } = await neon.api('POST', branches, { branch: { name: 'b' } });
    await settled(neon.api, project.id);
    expect((await neon.api('POST', `${branches}/${body.branch.id}/set_as_default`)).body.branch.default).toBe(
      true,
    );
    expect((await neon.api('GET', `${branches}/${project.branch}`)).body.branch.default).toBe(false);
    await neon.api('PATCH', `${branches}/${body.branch.id}`, { branch: { name: 'zeta' } });
    const first = await neon.api('GET', `${branches}?limit=1&sort_by=name&sort_order=asc`);
    expect(first.body.branches).toMatchObject([{ name: 'main' }]);
    const next = await neon.api(
      'GET',
      `${branches}?limit=1&sort_by=name&sort_order=asc&cursor=${first.body.pagination.next}`,
    );
    expect(next.body.branches).toMatchObject([{ name: 'zeta' }]);
    expect(next.body.pagination).not.toHaveProperty('next');
  });
});
