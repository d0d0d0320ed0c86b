import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { failure } from '../tenancy/failures.js';
import { exportFileName } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import { heartbeatWhile } from './heartbeat.js';
import { knownSecret } from './known-secret.js';
import { runPostgresTool } from './postgres-tools.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** A dump of a tenant's database, for `pg_restore`. */
export interface DatabaseExport {
  /** Its name in the workers' folder for exports. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Looks that an export can be written, before anything is taken from the tenant for it. */
export function checkExportFolder(dependencies: Dependencies) {
  return async (_: TenantStep): Promise<void> => {
    await writableFolder(dependencies);
  };
}

/**
 * Dumps the tenant's database as its owner. The file has its name once it is whole, so one that is there already is what
 * an attempt before this one made, whose answer was lost.
 */
export function exportDatabase(dependencies: Dependencies) {
  return async (step: TenantStep): Promise<DatabaseExport> => {
    const signal = cancellationSignal();
    const folder = await writableFolder(dependencies);
    const name = fileOf(step);
    const whole = path.join(folder, name);
    if (!(await isThere(whole))) {
      const owner = await knownSecret(dependencies.catalog, step.tenant, 'owner');
      // An attempt that was taken for dead may still be writing, so each has a file of its own.
      await removeParts(folder, name);
      const part = `${whole}.${activityInfo().attempt}${partEnding}`;
      try {
        // Made beforehand, so that nobody but the worker's own user can ever read it.
        await (await open(part, 'w', 0o600)).close();
        await runPostgresTool('pg_dump', ['--format=custom', `--file=${part}`], {
          connectionString: owner,
          signal,
        });
        await flush(part);
        await rename(part, whole);
      } finally {
        await rm(part, { force: true });
      }
    }
    const digest = sha256Of(whole, signal);
    const sha256 = await heartbeatWhile(step.timings.heartbeat / 3, digest);
    return { file: name, bytes: (await stat(whole)).size, sha256 };
  };
}

/** Removes what an export of this run has written, if it has written anything. */
export function removeExport({ exportDir }: Dependencies) {
  return async (step: TenantStep): Promise<void> => {
    if (exportDir === undefined || !(await isThere(exportDir))) return;
    await removeParts(exportDir, fileOf(step));
    await rm(path.join(exportDir, fileOf(step)), { force: true });
  };
}

const partEnding = '.part';

function fileOf(step: TenantStep): string {
  return exportFileName(step.tenant.fleet, step.tenant.id, writerOf(step).runId);
}

async function writableFolder({ exportDir }: Dependencies): Promise<string> {
  if (exportDir === undefined) {
    throw failure(
      'RequestUnfit',
      'the worker has no folder for exports: set TENANTRY_EXPORT_DIR for it, or ask without an export',
    );
  }
  try {
    await mkdir(exportDir, { recursive: true, mode: 0o700 });
    await access(exportDir, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
    throw failure('RequestUnfit', `the worker cannot write to its folder for exports (${code})`);
  }
  return exportDir;
}

async function removeParts(folder: string, name: string): Promise<void> {
  const parts = (await readdir(folder)).filter((file) => file.startsWith(name) && file.endsWith(partEnding));
  for (const file of parts) await rm(path.join(folder, file), { force: true });
}

/** Before it has its name, the file is on the disk. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { signal });
  return hash.digest('hex');
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
