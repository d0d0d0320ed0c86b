import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Postgres } from './installation.js';
import { writeNew } from './new-file.js';
import { run } from './run.js';

export interface NewCluster {
  readonly postgres: Postgres;
  /** Must not exist; its parent must be writable by `postgres.runAs`. */
  readonly dataDir: string;
  readonly superuser: string;
  readonly password: string;
}

/**
 * Creates a data directory where every connection needs a password, even on the unix socket: the users of one
 * machine are no more trusted than the network. It gets its name only once it is complete.
 */
export async function createCluster({ postgres, dataDir, superuser, password }: NewCluster): Promise<void> {
  const unfinished = `${dataDir}.new`;
  const passwordFile = `${dataDir}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  writeNew(passwordFile, `${password}\n`, { mode: 0o600, owner: postgres.runAs });
  try {
    await run(
      join(postgres.binDir, 'initdb'),
      [
        `--pgdata=${unfinished}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--locale=C.UTF-8',
        // The default of 16 MB of empty log per tenant would be most of what is copied.
        '--wal-segsize=1',
        '--no-sync',
        '--no-instructions',
      ],
      { runAs: postgres.runAs, env: { LC_ALL: 'C' } },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, dataDir);
}
