import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { breakableWay } from '../support/breakable-way.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(() => t.stop());

it('a worker that loses its catalog is not ready, lives on, and is ready again with it', async () => {
  const catalog = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
  const way = await breakableWay({ host: catalog.hostname, port: Number(catalog.port) });
  onTestFinished(() => way.close());
  catalog.host = `127.0.0.1:${way.port}`;
  const worker = await startKillableWorker(t, { TENANTRY_CATALOG_URL: catalog.href });
  onTestFinished(() => worker.stop());
  const statusOf = async (path: string) => (await fetch(worker.url + path)).status;
  const metrics = async () => (await fetch(`${worker.url}/metrics`)).text();
  expect(await statusOf('/live')).toBe(200);
  expect(await statusOf('/ready')).toBe(200);
  expect(await metrics()).toMatch(/^tenantry_workers\{.*\} 1$/m);

  await way.cut();
  expect(await statusOf('/ready')).toBe(503);
  expect(await statusOf('/live')).toBe(200);
  await eventually('the metrics say so', async () => /^tenantry_catalog_up\{.*\} 0$/m.test(await metrics()));
  expect(await metrics()).not.toMatch(/^tenantry_(tenants|workers|waits|duties)\b.*\d$/m);

  await way.restore();
  await eventually('it is ready again', async () => (await statusOf('/ready')) === 200);

  // Packets are taken, and nothing comes of them.
  way.silence();
  expect(await statusOf('/ready')).toBe(503);
  expect(await statusOf('/live')).toBe(200);
});

more('a worker answers for nothing else', async () => {
  const worker = await startKillableWorker(t);
  onTestFinished(() => worker.stop());
  for (const path of ['/', '/health', '/metrics/', '/__proto__', '/constructor'])
    expect((await fetch(worker.url + path)).status).toBe(404);
});
