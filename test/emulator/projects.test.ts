import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from './stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ timings: { recoveryWindow: 400 } });
});
afterAll(() => neon.stop());

describe('a project', () => {
  it('is answered at once, with everything it will have and two operations', async () => {
    const { status, body } = await neon.api('POST', '/projects', {
      project: {
        name: 'acme',
        branch: { name: 'production', database_name: 'app', role_name: 'app_owner' },
        settings: { quota: { active_time_seconds: 3600 } },
        history_retention_seconds: 3600,
        default_endpoint_settings: { suspend_timeout_seconds: 120, autoscaling_limit_max_cu: 1 },
      },
    });
    expect(status).toBe(201);
    expect(body.project).toMatchObject({
      name: 'acme',
      history_retention_seconds: 3600,
      settings: { quota: { active_time_seconds: 3600 } },
      default_endpoint_settings: { suspend_timeout_seconds: 120, autoscaling_limit_max_cu: 1 },
    });
    expect(body.project.id).toMatch(/^[a-z]+-[a-z]+-\d{8}$/);
    expect(body.branch).toMatchObject({ name: 'production', current_state: 'init', pending_state: 'ready' });
    expect(body.endpoints[0]).toMatchObject({ current_state: 'init', pending_state: 'active' });
    expect(body.operations).toMatchObject([
      { action: 'create_timeline', status: 'running' },
      { action: 'start_compute', status: 'scheduling' },
    ]);
    const operations = await settled(neon.api, body.project.id);
    expect(operations.map(({ status }) => status)).toEqual(['finished', 'finished']);
    const branch = await neon.api('GET', `/projects/${body.project.id}/branches/${body.branch.id}`);
    expect(branch.body.branch.current_state).toBe('ready');
  });

  it('keeps its data for the recovery window and comes back with the same connection string', async () => {
    const project = await readyProject(neon.api, { name: 'regretted' });
    await sql(project.uri, (client) => client.query('CREATE TABLE kept AS SELECT 42 AS answer'));
    const deleted = await neon.api('DELETE', `/projects/${project.id}`);
    expect(deleted.status).toBe(200);
    expect(deleted.body).not.toHaveProperty('operations');
    expect((await neon.api('GET', `/projects/${project.id}`)).status).toBe(404);
    expect((await neon.api('DELETE', `/projects/${project.id}`)).status).toBe(404);
    expect((await neon.api('GET', '/projects?search=regretted')).body.projects).toEqual([]);
    const recoverable = await neon.api('GET', '/projects?recoverable=true&search=regretted');
    expect(recoverable.body.projects).toMatchObject([{ id: project.id }]);
    await expect(sql(project.uri, async () => {})).rejects.toThrow();

    expect((await neon.api('POST', `/projects/${project.id}/recover`)).status).toBe(200);
    const rows = await sql(project.uri, (client) => client.query('SELECT answer FROM kept'));
    expect(rows.rows).toEqual([{ answer: 42 }]);
  });

  it('loses its data when the recovery window has passed', async () => {
    const project = await readyProject(neon.api, { name: 'forgotten' });
    await neon.api('DELETE', `/projects/${project.id}`);
    await eventually(
      async () => (await (await neon.control('GET', '/projects')).json()) as { projects: { id: string }[] },
      ({ projects }) => projects.every(({ id }) => id !== project.id),
    );
    expect((await neon.api('POST', `/projects/${project.id}/recover`)).status).toBe(404);
  });

  it('is not deleted while one of its branches is protected', async () => {
    const project = await readyProject(neon.api);
    const branch = `/projects/${project.id}/branches/${project.branch}`;
    await neon.api('PATCH', branch, { branch: { protected: true } });
    expect((await neon.api('DELETE', `/projects/${project.id}`)).status).toBe(422);
    await neon.api('PATCH', branch, { branch: { protected: false } });
    expect((await neon.api('DELETE', `/projects/${project.id}`)).status).toBe(200);
  });

  it('always shows the settings that Neon always shows', async () => {
    const { id } = await readyProject(neon.api);
    const { body } = await neon.api('GET', `/projects/${id}`);
    expect(body.project.settings).toEqual({
      allowed_ips: { ips: [], protected_branches_only: false },
      enable_logical_replication: false,
      maintenance_window: { weekdays: [5], start_time: '07:00', end_time: '08:00' },
      block_public_connections: false,
      block_vpc_connections: false,
      hipaa: false,
    });
  });

  it('takes new settings and shows them', async () => {
    const project = await readyProject(neon.api, { settings: { quota: { active_time_seconds: 1 } } });
    const changed = await neon.api('PATCH', `/projects/${project.id}`, {
      project: { name: 'renamed', settings: { enable_logical_replication: true } },
    });
    expect(changed.status).toBe(200);
    expect(changed.body.operations).toMatchObject([{ action: 'apply_config' }]);
    const { body } = await neon.api('GET', `/projects/${project.id}`);
    expect(body.project).toMatchObject({
      name: 'renamed',
      settings: { enable_logical_replication: true, quota: { active_time_seconds: 1 } },
    });
  });
});

describe('the list of projects', () => {
  it('finds by part of a name, of which there may be several alike', async () => {
    const [first, second] = await Promise.all([
      neon.api('POST', '/projects', { project: { name: 'twin-one' } }),
      neon.api('POST', '/projects', { project: { name: 'twin-one' } }),
    ]);
    expect([first.status, second.status]).toEqual([201, 201]);
    const found = await neon.api('GET', '/projects?search=twin');
    expect(found.body.projects.map(({ name }: { name: string }) => name)).toEqual(['twin-one', 'twin-one']);
    expect(found.body.unavailable_project_ids).toEqual([]);
    const byId = await neon.api('GET', `/projects?search=${first.body.project.id}`);
    expect(byId.body.projects).toHaveLength(1);
  });

  it('gives a cursor on every page, the last one included', async () => {
    for (const name of ['page-1', 'page-2', 'page-3'])
      await neon.api('POST', '/projects', { project: { name } });
    const first = await neon.api('GET', '/projects?search=page-&limit=2');
    expect(first.body.projects.map(({ name }: { name: string }) => name)).toEqual(['page-3', 'page-2']);
    const next = await neon.api(
      'GET',
      `/projects?search=page-&limit=2&cursor=${first.body.pagination.cursor}`,
    );
    expect(next.body.projects.map(({ name }: { name: string }) => name)).toEqual(['page-1']);
    expect(next.body.pagination.cursor).toBe(next.body.projects[0].id);
    const beyond = await neon.api('GET', `/projects?search=page-&cursor=${next.body.pagination.cursor}`);
    expect(beyond.body.projects).toEqual([]);
  });

  it.each(['limit=0', 'limit=401', 'limit=many', 'cursor=nonsense', 'recoverable=perhaps'])(
    'refuses %s',
    async (query) => {
      expect((await neon.api('GET', `/projects?${query}`)).status).toBe(400);
    },
  );
});
