import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';
import type { Postgres } from './installation.js';
import { run } from './run.js';

/** Copies a stopped cluster. Idempotent: a copy that is there is whole, because it appears by a rename. */
export async function copyStoppedCluster(postgres: Postgres, from: string, to: string): Promise<void> {
  await onceWhole(to, (unfinished) => run('cp', ['-R', from, unfinished], { runAs: postgres.runAs }));
}

/** Copies a running cluster through its own backup protocol; nobody's session notices. */
export async function copyRunningCluster(postgres: Postgres, from: Cluster, to: string): Promise<void> {
  await onceWhole(to, (unfinished) =>
    run(
      join(postgres.binDir, 'pg_basebackup'),
      [
        `--host=${from.address.host}`,
        `--port=${from.address.port}`,
        `--username=${from.superuser}`,
        `--pgdata=${unfinished}`,
        '--checkpoint=fast',
        '--wal-method=stream',
        '--no-sync',
        '--no-password',
      ],
      { runAs: postgres.runAs, env: { PGPASSWORD: from.password } },
    ),
  );
}

async function onceWhole(to: string, copy: (unfinished: string) => Promise<unknown>): Promise<void> {
  if (existsSync(to)) return;
  const unfinished = `${to}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  await copy(unfinished);
  // The lock file of a source that was killed says nothing about the copy.
  rmSync(join(unfinished, 'postmaster.pid'), { force: true });
  renameSync(unfinished, to);
}
