import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTenantry, runTenantryProcess } from '../support/command-line.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterAll(() => t.stop());

const run = (...args: string[]) => runTenantryProcess(args, t.environment);

describe('tenantry', () => {
  it('onboard --wait --json prints one JSON object and nothing else', async () => {
    const { stdout, exitCode } = await run('onboard', 'acme', '--wait', '--json');
    expect(exitCode).toBe(0);
    const tenant = await t.tenantry.get('acme');
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'acme',
      state: 'ready',
      projectId: tenant?.projectId,
      seconds: expect.any(Number),
    });
  });

  it('onboard --wait tells each step in a pipe, a line each, on standard error', async () => {
    const { stdout, stderr, exitCode } = await run('onboard', 'piped', '--wait');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^piped is ready: project \S+, after \d+\.\d s\n$/);
    const steps = stderr
      .split('\n')
      .flatMap((line) => /^(.+): done after \d+\.\d\d s$/.exec(line)?.[1] ?? []);
    expect(steps).toEqual(['create project', 'prepare database', 'publish']);
  });

  it('onboard without --wait returns while the run goes on', async () => {
    const { stdout, exitCode } = await run('onboard', 'later', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'later',
      state: 'provisioning',
      runId: expect.any(String),
    });
    await t.tenantry.execute.onboard({ id: 'later' });
  });

  it('list --json prints every tenant of the fleet', async () => {
    const { stdout } = await run('list', '--json');
    const { tenants } = await t.tenantry.list();
    const listed: { tenants: { id: string; state: string }[] } = JSON.parse(stdout);
    expect(listed.tenants.map(({ id, state }) => [id, state])).toEqual(
      tenants.map(({ id, state }) => [id, state]),
    );
  });

  const misuse: Record<string, { args: string[]; exitCode: number; says: RegExp }> = {
    'an id that cannot be': { args: ['onboard', 'a\u0007', '--wait'], exitCode: 2, says: /U\+0007/ },
    'a plan that is not in the fleet': {
      args: ['onboard', 'a', '--plan', 'gold'],
      exitCode: 2,
      says: /no plan "gold": it has free, pro/,
    },
    'an unknown option': { args: ['onboard', 'a', '--fast'], exitCode: 2, says: /unknown option/ },
    'a tenant that is not there': { args: ['show', 'nobody'], exitCode: 3, says: /no tenant "nobody"/ },
    'a connection to a tenant that is not there': {
      args: ['connect', 'nobody'],
      exitCode: 3,
      says: /no tenant/,
    },
  };

  it.each(Object.entries(misuse))('refuses %s in one clear line', async (_, { args, exitCode, says }) => {
    const before = await t.emulator.calls();
    const result = await runTenantry(args, t.environment);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toContain('    at ');
    expect(await t.emulator.calls()).toEqual(before);
  });
});
