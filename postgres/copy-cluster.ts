import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';
import type { Postgres } from './installation.js';
import { endPostmasterOf } from './postmaster.js';
import { run } from './run.js';

/** Copies a stopped cluster into a folder that does not exist yet. */
export function copyStopped(postgres: Postgres, from: string, to: string): Promise<string> {
  return run('cp', ['-R', from, to], { runAs: postgres.runAs });
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
