import { describe, expect, it } from 'vitest';
import type { NeonEmulatorOptions } from '../../emulator/index.js';
import { readyProject } from './stories.js';
import { type TestEmulator, testEmulator } from './with-emulator.js';

async function withLimits(
  limits: NonNullable<NeonEmulatorOptions['limits']>,
  story: (neon: TestEmulator) => Promise<void>,
  options: Partial<NeonEmulatorOptions> = {},
): Promise<void> {
  const neon = await testEmulator({ compute: false, limits, ...options });
  try {
    await story(neon);
  } finally {
    await neon.stop();
  }
}

const burst = (neon: TestEmulator, paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => (await neon.api('GET', path)).status));

const count = (statuses: readonly number[], wanted: number) =>
  statuses.filter((status) => status === wanted).length;

describe('the rate of calls', () => {
  it('is limited for a route, whatever stands in its parameters', async () => {
    await withLimits({ requestsPerSecondPerRoute: 5 }, async (neon) => {
      const ids = Array.from({ length: 30 }, (_, n) => `/projects/some-project-${n}`);
      const startedAt = performance.now();
      const statuses = await burst(neon, ids);
      const grownBack = Math.ceil(((performance.now() - startedAt) / 1000) * 5);
      expect(count(statuses, 404) + count(statuses, 429)).toBe(30);
      expect(count(statuses, 404)).toBeGreaterThanOrEqual(5);
      expect(count(statuses, 404)).toBeLessThanOrEqual(5 + grownBack);
      expect((await neon.api('GET', '/projects')).status).toBe(200);
    });
  });

  it('is limited for an account, over all routes and keys', async () => {
    await withLimits({ requestsPerMinute: 6 }, async (neon) => {
      const other = neon.apiAs(await neon.createApiKey('organization'));
      expect((await other('GET', '/auth')).status).toBe(200);
      const statuses = await burst(neon, [
        '/auth',
        '/projects',
        '/regions',
        '/auth',
        '/projects',
        '/regions',
      ]);
      expect([count(statuses, 200), count(statuses, 429)]).toEqual([5, 1]);
      const refused = await other('GET', '/auth');
      expect(refused).toMatchObject({ status: 429, body: { code: '', request_id: expect.any(String) } });
      expect(refused.headers.has('retry-after')).toBe(false);
    });
  });

  it('is what Neon says in the realistic profile, and unlimited in the fast one', async () => {
    const paths = Array.from({ length: 200 }, () => '/auth');
    await withLimits({}, async (neon) => expect(count(await burst(neon, paths), 429)).toBe(0));
    await withLimits(
      {},
      async (neon) => {
        const served = count(await burst(neon, paths), 200);
        // Forty at once, and what grows back in the moment that two hundred calls take.
        expect(served).toBeGreaterThanOrEqual(40);
        expect(served).toBeLessThan(200);
      },
      { profile: 'realistic' },
    );
  });

  it('is not spent by a caller nobody knows', async () => {
    await withLimits({ requestsPerMinute: 1 }, async (neon) => {
      for (let call = 0; call < 3; call++)
        expect((await neon.apiAs('wrong')('GET', '/projects')).status).toBe(401);
      expect((await neon.api('GET', '/projects')).status).toBe(200);
    });
  });
});

describe('a plan', () => {
  it('allows so many projects; a deleted one does not count', async () => {
    await withLimits({ projects: 1 }, async (neon) => {
      const project = await readyProject(neon.api);
      const refused = await neon.api('POST', '/projects', { project: {} });
      expect(refused).toMatchObject({
        status: 422,
        body: { code: 'PROJECTS_LIMIT_EXCEEDED', message: 'user projects limit of 1 exceeded, got 1' },
      });
      await neon.api('DELETE', `/projects/${project.id}`);
      expect((await neon.api('POST', '/projects', { project: {} })).status).toBe(201);
    });
  });

  it('allows so many branches, protected ones, roles and databases', async () => {
    const limits = {
      branchesPerProject: 1,
      protectedBranchesPerProject: 0,
      rolesPerBranch: 1,
      databasesPerBranch: 1,
    };
    await withLimits(limits, async (neon) => {
      const project = await readyProject(neon.api);
      const branch = `/projects/${project.id}/branches/${project.branch}`;
      const database = { name: 'second', owner_name: project.role };
      const codes = [];
      for (const [method, path, body] of [
        ['POST', `/projects/${project.id}/branches`, {}],
        ['PATCH', branch, { branch: { protected: true } }],
        ['POST', `${branch}/roles`, { role: { name: 'second' } }],
        ['POST', `${branch}/databases`, { database }],
      ] as const) {
        const refused = await neon.api(method, path, body);
        expect(refused.status).toBe(422);
        codes.push(refused.body.code);
      }
      expect(codes).toEqual([
        'BRANCHES_LIMIT_EXCEEDED',
        'BRANCHES_PROTECTED_LIMIT_EXCEEDED',
        'ROLES_LIMIT_EXCEEDED',
        'DATABASES_LIMIT_EXCEEDED',
      ]);
    });
  });
});
