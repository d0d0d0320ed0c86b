import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OperationHandle } from '../../client/index.js';
import { exportFileName } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;
/** A ready tenant of each test's own. */
let id: string;
let made = 0;
/** Somebody else's: nothing in it may be read, written or removed. */
let victim: string;
/** Awaited by each offboarding after its run is known, and before anything is written. */
let planted: () => Promise<unknown> = async () => {};

beforeAll(async () => {
  t = await startTenantry({ fleet: { hooks: { offboarding: async () => void (await planted()) } } });
  await t.startWorker();
  victim = path.join(t.folder, 'victim');
});

afterAll(() => t.stop());

beforeEach(async () => {
  made += 1;
  id = `acme-${made}`;
  await t.tenantry.execute.onboard({ id });
  await mkdir(victim);
});

afterEach(async () => {
  planted = async () => {};
  await rm(t.exportDir, { recursive: true, force: true });
  await rm(victim, { recursive: true, force: true });
});

const fileOf = ({ runId }: { readonly runId: string }) => exportFileName(t.fleet.name, tenantIdOf(id), runId);

async function offboardWith(plant: (file: string) => Promise<unknown>): Promise<OperationHandle<unknown>> {
  let plantFor: (file: string) => void = () => {};
  const file = new Promise<string>((resolve) => {
    plantFor = resolve;
  });
  planted = async () => plant(await file);
  const handle = await t.tenantry.start.offboard(id, { export: true, graceMs: 0 });
  plantFor(fileOf(handle));
  return handle;
}

/** Refused with these words, and the tenant is as it was. */
async function expectRefusal(handle: OperationHandle<unknown>, words: string): Promise<void> {
  await expect(handle.result()).rejects.toMatchObject({
    reason: { type: 'RequestUnfit', message: expect.stringContaining(words) },
  });
  expect(await t.tenantry.get(id)).toMatchObject({ state: 'ready' });
  await withClient(await t.tenantry.connectionString(id), (client) => client.query('select 1'));
}

describe('an export', () => {
  it('does not go where a link in the place of its folder leads', async () => {
    await symlink(victim, t.exportDir);
    await expectRefusal(await t.tenantry.start.offboard(id, { export: true, graceMs: 0 }), 'it is a link');
    expect(await readdir(victim)).toEqual([]);
  });

  it('is not taken to be what a link under its name leads to, and leaves the link and that alone', async () => {
    const other = path.join(victim, 'other');
    await writeFile(other, 'PGDMP of another tenant');
    const handle = await offboardWith(async (file) => {
      await mkdir(t.exportDir, { mode: 0o700 });
      await symlink(other, path.join(t.exportDir, file));
    });
    await expectRefusal(handle, 'is something else than a file that a worker wrote');
    expect(await readFile(other, 'utf8')).toBe('PGDMP of another tenant');
  });

  it('is not written to a folder that others may write to, nor below one where everyone may replace it', async () => {
    await mkdir(t.exportDir);
    for (const mode of [0o777, 0o770, 0o1777]) {
      await chmod(t.exportDir, mode);
      await expectRefusal(
        await t.tenantry.start.offboard(id, { export: true, graceMs: 0 }),
        'others may write to it',
      );
    }
    await chmod(t.exportDir, 0o700);
    await chmod(t.folder, 0o777);
    try {
      await expectRefusal(await t.tenantry.start.offboard(id, { export: true, graceMs: 0 }), 'in its place');
    } finally {
      await chmod(t.folder, 0o711);
    }
    expect(await readdir(t.exportDir)).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('is not written to a folder of another user', async () => {
    await mkdir(t.exportDir, { mode: 0o700 });
    await chown(t.exportDir, 65_533, 65_533);
    const handle = await t.tenantry.start.offboard(id, { export: true, graceMs: 0 });
    await expectRefusal(handle, 'it belongs to another user (65533)');
  });

  it('is one file that nobody else reads, in a folder made for it, and goes with an undo', async () => {
    const handle = await t.tenantry.start.offboard(id, { export: true, graceMs: 600_000 });
    await eventually('the export is there', async () => {
      const files = await readdir(t.exportDir).catch(() => []);
      return files.length === 1 && files[0] === fileOf(handle);
    });
    expect((await stat(t.exportDir)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(t.exportDir, fileOf(handle)))).mode & 0o777).toBe(0o600);
    await t.tenantry.execute.undoOffboarding(id);
    expect(await readdir(t.exportDir)).toEqual([]);
  });
});

describe('removing an export', () => {
  it('removes nothing where a link in the place of its folder leads, and lets the tenant in again', async () => {
    const handle = await t.tenantry.start.offboard(id, { export: true, graceMs: 600_000 });
    await eventually('the grace runs', async () => {
      const steps = await t.temporal.workflow
        .getHandle(handle.workflowId, handle.runId)
        .query<{ status: string; until?: string }[]>('progress');
      return steps.some(({ status, until }) => status === 'running' && until !== undefined);
    });
    await rename(t.exportDir, `${t.exportDir}.aside`);
    const theirs = path.join(victim, fileOf(handle));
    await writeFile(theirs, 'theirs');
    await symlink(victim, t.exportDir);
    expect(await t.tenantry.execute.undoOffboarding(id)).toMatchObject({
      undone: true,
      state: 'ready',
    });
    expect(await readFile(theirs, 'utf8')).toBe('theirs');
    await rm(`${t.exportDir}.aside`, { recursive: true });
  });
});
