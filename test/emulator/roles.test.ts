import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inDatabase, readyProject, settled } from './stories.js';
import { sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());

describe('a role', () => {
  it('is made with a password that works, and making it drops connections', async () => {
    const project = await readyProject(neon.api);
    const roles = `/projects/${project.id}/branches/${project.branch}/roles`;
    const dropped = sql(project.uri, (client) => client.query('SELECT pg_sleep(20)'));
    dropped.catch(() => {});
    await sql(project.uri, (client) => client.query('SELECT 1'));
    const { status, body } = await neon.api('POST', roles, { role: { name: 'writer' } });
    expect(status).toBe(201);
    await settled(neon.api, project.id);
    await expect(dropped).rejects.toThrow();
    const uri = project.uri.replace(`${project.role}:${project.password}`, `writer:${body.role.password}`);
    expect((await sql(uri, (client) => client.query('SELECT current_user AS me'))).rows).toEqual([
      { me: 'writer' },
    ]);
    expect((await neon.api('POST', roles, { role: { name: 'writer' } })).status).toBe(409);
    const revealed = await neon.api('GET', `${roles}/writer/reveal_password`);
    expect(revealed.body.password).toBe(body.role.password);
  });

  it('is listed until the operation that deletes it has ended', async () => {
    const project = await readyProject(neon.api);
    const roles = `/projects/${project.id}/branches/${project.branch}/roles`;
    const made = await neon.api('POST', roles, { role: { name: 'brief' } });
    await settled(neon.api, project.id);
    const uri = project.uri.replace(
      `${project.role}:${project.password}`,
      `brief:${made.body.role.password}`,
    );
    await sql(project.uri, (client) => client.query('GRANT CREATE ON SCHEMA public TO brief'));
    await sql(uri, (client) => client.query('CREATE TABLE left_behind ()'));
    await neon.control('POST', '/faults', {
      match: { method: 'DELETE', path: '**/roles/*' },
      effect: { kind: 'hang-operation' },
    });
    expect((await neon.api('DELETE', `${roles}/brief`)).status).toBe(200);
    expect((await neon.api('GET', `${roles}/brief`)).status).toBe(200);
    await neon.control('DELETE', '/faults');
    await settled(neon.api, project.id);
    expect((await neon.api('GET', `${roles}/brief`)).status).toBe(404);
    expect((await neon.api('DELETE', `${roles}/brief`)).status).toBe(204);
    const heir = await sql(project.uri, (client) =>
      client.query("SELECT tableowner FROM pg_tables WHERE tablename = 'left_behind'"),
    );
    expect(heir.rows).toEqual([{ tableowner: project.role }]);
  });

  it('keeps its old password until the operation of a reset has ended', async () => {
    const project = await readyProject(neon.api);
    const role = `/projects/${project.id}/branches/${project.branch}/roles/${project.role}`;
    await neon.control('POST', '/faults', {
      match: { method: 'POST', path: '**/reset_password' },
      effect: { kind: 'hang-operation' },
    });
    const { body } = await neon.api('POST', `${role}/reset_password`);
    const fresh = project.uri.replace(project.password, body.role.password);
    await sql(project.uri, (client) => client.query('SELECT 1'));
    await expect(sql(fresh, async () => {})).rejects.toMatchObject({ code: '28P01' });
    await neon.control('DELETE', '/faults');
    await settled(neon.api, project.id);
    await sql(fresh, (client) => client.query('SELECT 1'));
    await expect(sql(project.uri, async () => {})).rejects.toMatchObject({ code: '28P01' });
  });

  it('reveals no password where none is stored, and still logs in after a cold start', async () => {
    const project = await readyProject(neon.api, { store_passwords: false });
    const role = `/projects/${project.id}/branches/${project.branch}/roles/${project.role}`;
    expect((await neon.api('GET', `${role}/reveal_password`)).status).toBe(412);
    expect((await neon.api('GET', `${role}x/reveal_password`)).status).toBe(404);
    await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/suspend`);
    await sql(project.uri, (client) => client.query('SELECT 1'));
  });
});

describe('a database', () => {
  it('is made for an owner, renamed, and dropped', async () => {
    const project = await readyProject(neon.api);
    const databases = `/projects/${project.id}/branches/${project.branch}/databases`;
    const request = { database: { name: 'second', owner_name: project.role } };
    expect((await neon.api('POST', databases, request)).status).toBe(201);
    await settled(neon.api, project.id);
    expect((await neon.api('POST', databases, request)).body.code).toBe('DATABASE_ALREADY_EXISTS');
    const inSecond = inDatabase(project.uri, 'second');
    await sql(inSecond, (client) => client.query('CREATE TABLE kept ()'));
    expect((await neon.api('GET', `${databases}/second`)).body.database.name).toBe('second');
    const renamed = await neon.api('PATCH', `${databases}/second`, { database: { name: 'third' } });
    expect(renamed.status).toBe(200);
    expect((await settled(neon.api, project.id))[0]).toMatchObject({ status: 'finished' });
    await sql(inDatabase(project.uri, 'third'), (client) => client.query('SELECT FROM kept'));
    expect((await neon.api('DELETE', `${databases}/third`)).status).toBe(200);
    await settled(neon.api, project.id);
    expect((await neon.api('GET', databases)).body.databases).toMatchObject([{ name: 'neondb' }]);
    expect((await neon.api('DELETE', `${databases}/third`)).status).toBe(204);
    await expect(sql(inDatabase(project.uri, 'third'), async () => {})).rejects.toMatchObject({
      code: '3D000',
    });
  });

  it('needs an owner that exists', async () => {
    const project = await readyProject(neon.api);
    const databases = `/projects/${project.id}/branches/${project.branch}/databases`;
    const request = { database: { name: 'orphan', owner_name: 'nobody' } };
    expect((await neon.api('POST', databases, request)).status).toBe(404);
  });

  it('can be made on a compute at rest, which rests again afterwards', async () => {
    const project = await readyProject(neon.api);
    const endpoint = `/projects/${project.id}/endpoints/${project.endpoint}`;
    await neon.api('POST', `${endpoint}/suspend`);
    await settled(neon.api, project.id);
    const { body } = await neon.api('POST', `/projects/${project.id}/branches/${project.branch}/databases`, {
      database: { name: 'second', owner_name: project.role },
    });
    expect(body.operations).toMatchObject([{ action: 'apply_config' }, { action: 'suspend_compute' }]);
    await settled(neon.api, project.id);
    expect((await neon.api('GET', endpoint)).body.endpoint.current_state).toBe('idle');
    await sql(inDatabase(project.uri, 'second'), (client) => client.query('SELECT 1'));
  });
});
