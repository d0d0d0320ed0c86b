import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

// Under a umask of 077 the user root's Postgres drops to could not enter what is made here.
process.umask(0o022);

/** A folder for one test, open to the user that root's Postgres drops to. */
export async function scratch(mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, mode);
  return folder;
}

/** A `temporal` that only knows its version. */
export async function fakeTemporal(folder: string, version = '1.9.1'): Promise<string> {
  return program(folder, 'temporal', `temporal version ${version} (Server 1.32.0, UI 2.54.1)`);
}

/** A folder of Postgres binaries that only know their version and where their extensions are. */
export async function fakePostgres(
  folder: string,
  { version = '18.6', vector = true } = {},
): Promise<string> {
  const bin = join(folder, 'bin');
  const share = join(folder, 'share');
  await mkdir(join(share, 'extension'), { recursive: true });
  if (vector) await writeFile(join(share, 'extension/vector.control'), '');
  await program(bin, 'postgres', `postgres (PostgreSQL) ${version}`);
  await program(bin, 'initdb', `initdb (PostgreSQL) ${version}`);
  await program(bin, 'pg_config', share);
  return bin;
}

async function program(folder: string, name: string, prints: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${prints}'\n`);
  await chmod(path, 0o755);
  return path;
}
