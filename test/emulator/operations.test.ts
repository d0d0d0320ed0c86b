import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readyProject, settled } from './stories.js';
import { type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ timings: { createTimeline: 150, startFirstCompute: 300 } });
});
afterAll(() => neon.stop());

describe('operations', () => {
  it('move from scheduling over running to finished, and take the time of their profile', async () => {
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const [timeline, compute] = body.operations;
    const path = `/projects/${body.project.id}/operations`;
    expect([timeline.status, compute.status]).toEqual(['running', 'scheduling']);
    await settled(neon.api, body.project.id);
    const [first, second] = await Promise.all(
      [timeline, compute].map(({ id }) => neon.api('GET', `${path}/${id}`)),
    );
    expect(first?.body.operation).toMatchObject({ status: 'finished', failures_count: 0 });
    expect(first?.body.operation.total_duration_ms).toBeGreaterThanOrEqual(149);
    expect(second?.body.operation.total_duration_ms).toBeGreaterThanOrEqual(299);
  });

  it('lock their project, and only theirs', async () => {
    const other = await readyProject(neon.api);
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const mutations = [
      ['POST', `/projects/${body.project.id}/branches/${body.branch.id}/roles`, { role: { name: 'second' } }],
      ['PATCH', `/projects/${body.project.id}`, { project: { name: 'renamed' } }],
      ['DELETE', `/projects/${body.project.id}`, undefined],
    ] as const;
    for (const [method, path, request] of mutations) {
      const refused = await neon.api(method, path, request);
      expect(refused.status).toBe(423);
      expect(refused.body).toEqual({
        request_id: refused.headers.get('x-neon-ret-request-id'),
        code: '',
        message: 'project already has running conflicting operations, scheduling of new ones is prohibited',
      });
    }
    const free = await neon.api('POST', `/projects/${other.id}/branches/${other.branch}/roles`, {
      role: { name: 'second' },
    });
    expect(free.status).toBe(201);
    await settled(neon.api, body.project.id);
    expect((await neon.api('PATCH', `/projects/${body.project.id}`, { project: { name: 'x' } })).status).toBe(
      200,
    );
  });

  it('are carried out for many projects at once, without a warning of Node’s', async () => {
    const warnings: string[] = [];
    const heard = ({ name }: Error) => void warnings.push(name);
    process.on('warning', heard);
    const many = await testEmulator({ compute: false, timings: { createTimeline: 300 } });
    onTestFinished(async () => {
      process.off('warning', heard);
      await many.stop();
    });
    await Promise.all(Array.from({ length: 15 }, () => many.api('POST', '/projects', { project: {} })));
    // Node warns in a tick of its own.
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it('are listed newest first, page by page', async () => {
    const project = await readyProject(neon.api);
    const first = await neon.api('GET', `/projects/${project.id}/operations?limit=1`);
    expect(first.body.operations).toMatchObject([{ action: 'start_compute' }]);
    const cursor = encodeURIComponent(first.body.pagination.cursor);
    const second = await neon.api('GET', `/projects/${project.id}/operations?limit=1&cursor=${cursor}`);
    expect(second.body.operations).toMatchObject([{ action: 'create_timeline' }]);
  });
});
