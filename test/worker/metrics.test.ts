import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { WorkerProcess } from '../../local/worker-process.js';
import { definitions, type MetricName } from '../../worker/metrics/definitions.js';
import { createMetrics } from '../../worker/metrics/metrics.js';
import { eventually } from '../support/eventually.js';
import { parseScrape, type Scrape } from '../support/scrape.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;
let worker: WorkerProcess;

beforeAll(async () => {
  t = await startTenantry();
  worker = await startKillableWorker(t);
});

afterAll(async () => {
  await worker.stop();
  await t.stop();
});

const scrape = async (): Promise<Scrape> => parseScrape(await (await fetch(`${worker.url}/metrics`)).text());

describe('a worker', () => {
  it('exports every metric that is defined, each for its fleet, and of ours none else', async () => {
    const { families, samples } = await scrape();
    expect(new Set(families.map(({ name }) => name))).toEqual(new Set(Object.keys(definitions)));
    for (const { name, type } of families)
      expect({ name, type }).toMatchObject({ type: definitions[name as MetricName].type });
    for (const { labels } of samples) expect(labels).toMatchObject({ fleet: t.fleet.name });
  });

  it('counts an operation that succeeded, its steps, and its calls by route', async () => {
    const before = await scrape();
    await t.tenantry.execute.onboard({ id: 'canary-one' });
    const after = await scrape();
    const grew = (name: string, labels: Record<string, string>) =>
      after.sum(name, labels) - before.sum(name, labels);
    expect(grew('tenantry_operations_total', { operation: 'onboard', outcome: 'succeeded' })).toBe(1);
    expect(grew('tenantry_operations_total', {})).toBe(1);
    expect(grew('tenantry_step_seconds_count', { step: 'prepareDatabase', outcome: 'done' })).toBe(1);
    expect(grew('tenantry_neon_calls_total', { route: 'POST /projects', status: '201' })).toBe(1);
    expect(
      grew('tenantry_neon_call_seconds_count', { route: 'GET /projects/{id}/operations' }),
    ).toBeGreaterThan(0);
    await eventually(
      'the tenant is counted',
      async () => (await scrape()).sum('tenantry_tenants', { state: 'ready' }) === 1,
    );
  });

  it('counts an operation that failed by its reason, and the steps that failed by theirs', async () => {
    const fault = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'status', status: 422, body: { code: 'PROJECTS_LIMIT_EXCEEDED', message: 'full' } },
    });
    onTestFinished(() => fault.lift());
    const before = await scrape();
    await t.tenantry.execute.onboard({ id: 'canary-two' }).catch(() => {});
    const after = await scrape();
    const grew = (name: string, labels: Record<string, string>) =>
      after.sum(name, labels) - before.sum(name, labels);
    expect(grew('tenantry_operations_total', { operation: 'onboard', outcome: 'failed' })).toBe(1);
    expect(
      grew('tenantry_operation_failures_total', { operation: 'onboard', reason: 'NeonLimitReached' }),
    ).toBe(1);
    expect(grew('tenantry_step_failures_total', { step: 'createProject', type: 'NeonLimitReached' })).toBe(1);
    expect(grew('tenantry_step_seconds_count', { step: 'createProject', outcome: 'failed' })).toBe(1);
  });

  it('names no tenant, project or run in any label', async () => {
    const text = await (await fetch(`${worker.url}/metrics`)).text();
    const [project] = (await t.tenantry.exportRecord('canary-one')).projects;
    for (const name of ['canary', project?.projectId ?? '?']) expect(text).not.toContain(name);
  });
});

it('an operation whose end was written twice is counted once', async () => {
  const own = await startTenantry();
  onTestFinished(() => own.stop());
  const metrics = createMetrics({ fleet: own.fleet.name, neonCallsPerSecond: 11 });
  let ends = 0;
  const { operations } = own.catalog;
  // The first attempt has done it, and its worker is not heard.
  const catalog = {
    ...own.catalog,
    operations: {
      ...operations,
      async succeed(...end: Parameters<typeof operations.succeed>) {
        const ended = await operations.succeed(...end);
        ends += 1;
        if (ends === 1) metrics.observeOperation({ operation: end[1], outcome: 'succeeded' });
        if (ends === 1) throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
        return ended;
      },
    },
  };
  await own.startWorker({ metrics, dependencies: { fleet: own.fleet, catalog, neon: own.neon } });
  await own.tenantry.execute.onboard({ id: 'acme' });
  expect(ends).toBe(2);
  const { sum } = parseScrape(await metrics.read());
  expect(sum('tenantry_operations_total', { operation: 'onboard' })).toBe(1);
});
