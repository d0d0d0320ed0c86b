import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';
import type { Postgres } from './installation.js';
import { endPostmasterOf } from './postmaster.js';
import { run } from './run.js';

/**
 * The folder of `template0`, by its fixed number. Nobody can connect to it, and its rows are frozen from the start, so no Postgres ever
 * writes to its files: all clusters can share them, a quarter of what a new one takes.
 */
const template0 = 'base/4';

/** `$1` is copied to `$2`, and `$3` in it is linked where it can be: a file has so many links at most, on one file system. */
const copyAndLink = `
set -e
to=$2 shared=$3
cd "$1"
mkdir -m 700 "$to" "$to/base"
set --; for each in *; do [ "$each" = base ] || set -- "$@" "$each"; done
cp -R "$@" "$to"
set --; for each in base/*; do [ "$each" = "$shared" ] || set -- "$@" "$each"; done
cp -R "$@" "$to/base"
cp -Rl "$shared" "$to/base" 2>/dev/null || { rm -rf "$to/$shared"; cp -R "$shared" "$to/base"; }
`;

/** Copies a stopped cluster into a folder that does not exist yet. */
export function copyStopped(postgres: Postgres, from: string, to: string): Promise<string> {
  return run('sh', ['-c', copyAndLink, 'sh', from, to, template0], { runAs: postgres.runAs });
}

/** Copies a running cluster through its own backup protocol; no session is affected. */
export function copyRunning(postgres: Postgres, from: Cluster, to: string): Promise<string> {
  return run(
    join(postgres.binDir, 'pg_basebackup'),
    [
      `--host=${from.address.host}`,
      `--port=${from.address.port}`,
      `--username=${from.superuser}`,
      `--pgdata=${to}`,
      '--checkpoint=fast',
      '--wal-method=stream',
      '--no-sync',
      '--no-password',
    ],
    { runAs: postgres.runAs, env: { PGPASSWORD: from.password } },
  );
}

/**
 * Creates a data directory under a temporary name, and renames it once it is complete, so that a crash leaves
 * no partial one.
 */
export async function onceWhole(to: string, make: (unfinished: string) => Promise<unknown>): Promise<void> {
  if (existsSync(to)) return;
  const unfinished = `${to}.new`;
  // A recovery that was killed may still be shutting down there.
  await endPostmasterOf(unfinished);
  rmSync(unfinished, { recursive: true, force: true });
  try {
    await make(unfinished);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  renameSync(unfinished, to);
}
