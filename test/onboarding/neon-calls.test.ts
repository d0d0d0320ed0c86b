import { afterAll, beforeAll, expect, it } from 'vitest';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

/*
 * Neon's budget is what limits how many tenants can be onboarded in a minute, so an onboarding must not spend it on looks that
 * come too early.
 */

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    // A look every 50 ms, where a project takes a second and a half.
    fleet: { timings: { ...quickTimings, operationPoll: 50 } },
    emulator: { timings: { createTimeline: 700, startFirstCompute: 1_500 } },
  });
  await t.startWorker();
});
afterAll(() => t.stop());

async function callsOf(id: string): Promise<string[]> {
  const { projectId } = await t.tenantry.execute.onboard({ id });
  const calls = await t.emulator.calls();
  return calls
    .filter(({ path }) => path.includes(projectId))
    .map(({ method, path }) => `${method} ${path.split('?')[0]?.split(projectId)[1]}`);
}

it('looks at a new project once, when such projects have usually been ready', async () => {
  for (const id of ['first', 'second', 'third']) await callsOf(id);
  const later = [await callsOf('fourth'), await callsOf('fifth'), await callsOf('sixth')];
  // The create names no project. One of three may take longer than those before.
  expect(later.flat().every((call) => call === 'GET /operations')).toBe(true);
  expect(later.flat().length).toBeLessThanOrEqual(4);
});
