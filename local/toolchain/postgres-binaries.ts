import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RunAs } from '../postgres-user.js';
import { printed } from '../printed.js';
import type { Tool } from './tool.js';

/** A folder of Postgres binaries, judged as the users who will run them: what root can read, they may not. */
export function postgresBinaries(users: readonly RunAs[]): Tool {
  return {
    title: 'Postgres 18 with the vector extension',
    variable: 'TENANTRY_POSTGRES_BIN',
    variableNames: 'the folder that holds postgres and initdb',
    command: 'postgres',
    behind: async (executable) => dirname(await realpath(executable)),
    installed: 'embedded_postgres/pginstall/bin',
    flaw: async (folder) => {
      const asked = users.length === 0 ? [undefined] : users;
      const versions = await Promise.all(
        asked.map((user) => printed(join(folder, 'postgres'), ['--version'], user)),
      );
      const [version] = versions;
      if (version === undefined || versions.includes(undefined))
        return 'its postgres does not run here, or not as the user it would run as';
      if (!version.includes('(PostgreSQL) 18')) return `it says "${version}"`;
      if (!(await isThere(join(folder, 'initdb')))) return 'it has no initdb';
      const share = (await printed(join(folder, 'pg_config'), ['--sharedir'], users[0])) ?? '';
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
