import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { failure, isFailure } from '../../tenancy/failures.js';
import { exportFileName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownSecret } from '../known-secret.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import { codeOf, exportFolder, exportFolderIfThere, isOurs } from './export-folder.js';
import { runPostgresTool } from './postgres-tools.js';

/** A dump of a tenant's database, for `pg_restore`. */
export interface DatabaseExport {
  /** The file's name in the workers' folder for exports. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Checks that an export can be written, before the tenant loses anything for it. */
export function checkExportFolder(dependencies: Dependencies) {
  return async (_: TenantInput): Promise<void> => {
    await exportFolder(dependencies);
  };
}

/**
 * Dumps the tenant's database as its owner. The file gets its name once it is complete, so an existing file
 * is the result of an earlier attempt whose answer was lost.
 */
export function exportDatabase(dependencies: Dependencies) {
  return async (input: TenantInput): Promise<DatabaseExport> => {
    const folder = await exportFolder(dependencies);
    const name = fileOf(input);
    const whole = path.join(folder, name);
    const made = (await openWhole(whole)) ?? (await dump(dependencies, input, whole));
    try {
      const digest = sha256Of(made, cancellationSignal());
      const sha256 = await heartbeatWhile(digest);
      return { file: name, bytes: (await made.stat()).size, sha256 };
    } finally {
      await made.close();
    }
  };
}

/**
 * Removes what this run's export has written, if anything. In a folder that is no longer the worker's own it
 * touches nothing: the tenant must be let in again all the same, so the problem is only logged.
 */
export function removeExport(dependencies: Dependencies) {
  return async (input: TenantInput): Promise<void> => {
    const folder = await exportFolderIfThere(dependencies).catch((error: unknown) => {
      if (!isFailure(error, 'RequestUnfit')) throw error;
      log.warn(`the export ${fileOf(input)} is left where it is: ${error.message}`);
    });
    if (folder === undefined) return;
    await removeParts(folder, fileOf(input));
    await rm(path.join(folder, fileOf(input)), { force: true });
  };
}

const partEnding = '.part';

function fileOf(input: TenantInput): string {
  return exportFileName(input.tenant.fleet, input.tenant.id, writerOf(input).runId);
}

/**
 * Opens a complete export for reading; `undefined` if there is none. Throws `RequestUnfit` if it is anything
 * else.
 */
async function openWhole(whole: string): Promise<FileHandle | undefined> {
  let found: FileHandle;
  try {
    // Non-blocking: opening a pipe would wait until somebody writes to it.
    found = await open(whole, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') throw notOurs(whole);
    throw error;
  }
  const what = await found.stat();
  if (what.isFile() && isOurs(what.uid)) return found;
  await found.close();
  throw notOurs(whole);
}

/** Writes a dump, and gives it its name. Returns the very file that was written, open for reading. */
async function dump(dependencies: Dependencies, input: TenantInput, whole: string): Promise<FileHandle> {
  const owner = await knownSecret(dependencies.catalog, input.tenant, 'owner');
  // An attempt that was presumed dead may still be writing, so each attempt has its own file.
  await removeParts(path.dirname(whole), path.basename(whole));
  const part = `${whole}.${activityInfo().attempt}${partEnding}`;
  // Only the worker's own user can read it. pg_dump gets the open file, so it follows no name.
  const file = await open(
    part,
    constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    await runPostgresTool('pg_dump', ['--format=custom'], {
      connectionString: owner,
      signal: cancellationSignal(),
      outputFile: file.fd,
    });
    // The file is on disk before it gets its name.
    await file.sync();
    // A link, because a rename would replace the file of another attempt, whose size may already have been
    // returned.
    await link(part, whole);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

async function removeParts(folder: string, name: string): Promise<void> {
  const parts = (await readdir(folder)).filter((file) => file.startsWith(name) && file.endsWith(partEnding));
  for (const file of parts) await rm(path.join(folder, file), { force: true });
}

async function sha256Of(file: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(file.createReadStream({ start: 0, autoClose: false }), hash, { signal });
  return hash.digest('hex');
}

function notOurs(whole: string) {
  return failure(
    'RequestUnfit',
    `in the folder for exports, ${path.basename(whole)} is something else than a file that a worker wrote: remove it`,
  );
}
