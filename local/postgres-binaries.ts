import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunAs } from './postgres-user.js';
import { printed } from './printed.js';
import type { Tool } from './tool.js';

/** A folder of Postgres binaries, judged as the user who will run them: what root can read, that user may not. */
export function postgresBinaries(user: RunAs | undefined): Tool {
  return {
    title: 'Postgres 18 with the vector extension',
    variable: 'TENANTRY_POSTGRES_BIN',
    variableNames: 'the folder that holds postgres and initdb',
    command: 'postgres',
    behind: async (executable) => dirname(await realpath(executable)),
    installed: 'embedded_postgres/pginstall/bin',
    flaw: async (folder) => {
      const version = await printed(join(folder, 'postgres'), ['--version'], user);
      if (version === undefined) return 'its postgres does not run here, or not as the user it would run as';
      if (!version.includes('(PostgreSQL) 18')) return `it says "${version}"`;
      if (!(await isThere(join(folder, 'initdb')))) return 'it has no initdb';
      const share = (await printed(join(folder, 'pg_config'), ['--sharedir'], user)) ?? '';
      return (await isThere(join(share, 'extension/vector.control')))
        ? undefined
        : 'it has no vector extension';
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
