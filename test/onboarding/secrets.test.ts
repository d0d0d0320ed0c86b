import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runTenantry, runTenantryProcess } from '../support/command-line.js';
import { historyText } from '../support/history-text.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker, workerLog } from '../support/worker-process.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterAll(() => t.stop());

async function secretsOf(id: string): Promise<string[]> {
  const tenant = await t.tenantry.get(id);
  if (tenant === undefined) throw new Error('no such tenant');
  const strings = await Promise.all([
    t.catalog.secrets.open(tenant, 'owner'),
    t.catalog.secrets.open(tenant, 'app'),
  ]);
  return strings.flatMap((string = '') => [string, new URL(string).password]);
}

it('keeps passwords and connection strings out of histories, logs and what commands print', async () => {
  await t.writeMigration('0001_documents.sql', 'create table documents (id int);\n');
  const worker = await startKillableWorker(t, { TENANTRY_LOG_LEVEL: 'debug' });
  const log = { ...t.environment, TENANTRY_LOG_LEVEL: 'debug' };

  // A lost reply and a failing look on the way: failures are where secrets slip out.
  await t.emulator.addFault({
    match: { method: 'POST', path: '/projects' },
    effect: { kind: 'drop-after-apply' },
  });
  await t.emulator.addFault({
    match: { method: 'GET', path: '/projects/*/connection_uri' },
    effect: { kind: 'status', status: 500 },
  });
  const printed = await runTenantryProcess(['onboard', 'acme', '--wait'], log);
  expect(printed.exitCode).toBe(0);
  const others = await Promise.all([
    runTenantry(['onboard', 'acme', '--wait', '--json'], log),
    runTenantry(['list'], log),
    runTenantry(['list', '--json'], log),
    runTenantry(['show', 'acme'], log),
    runTenantry(['show', 'acme', '--json'], log),
  ]);
  const secrets = await secretsOf('acme');

  await t.writeMigration('0002_bad.sql', 'nonsense;\n');
  const failing = await t.tenantry.start.onboard({ id: 'failing' });
  await expect(failing.result()).rejects.toThrow('0002_bad.sql');
  const failed = await runTenantry(['show', 'failing'], log);
  await worker.stop();

  const handle = await t.tenantry.start.onboard({ id: 'acme' });
  const places: Record<string, string | Buffer> = {
    'the history of the run': await historyText(t.temporal, handle),
    'the history of the run that failed': await historyText(t.temporal, failing),
    "the worker's log": await readFile(workerLog(t), 'utf8'),
    'what commands print': JSON.stringify([printed, ...others, failed]),
  };
  // The scan must be able to see: what is surely there, it finds.
  for (const place of Object.values(places))
    expect(place.includes('acme') || place.includes('failing')).toBe(true);
  expect(secrets).toHaveLength(4);

  const wanted = [...secrets, 'postgresql://', t.emulator.apiKey, t.environment.TENANTRY_SEAL_KEY ?? 'none'];
  const found = Object.entries(places).flatMap(([where, place]) =>
    wanted.flatMap((secret) => (place.includes(secret) ? [where] : [])),
  );
  expect(found).toEqual([]);
});

it('prints the connection string to whoever asks for it by name', async () => {
  const { stdout, exitCode } = await runTenantry(['connect', 'acme', '--print'], t.environment);
  expect(exitCode).toBe(0);
  expect(stdout.trim()).toBe(await t.tenantry.connectionString('acme'));
});
