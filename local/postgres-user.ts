import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolEnvironment } from '../postgres/tool-environment.js';

const run = promisify(execFile);

/** The user a process drops to, in the shape `child_process` takes. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Whose processes and files they are, of the two kinds of Postgres in a local stack. */
export interface PostgresUsers {
  readonly catalog: RunAs;
  readonly tenants: RunAs;
}

/**
 * Postgres refuses to run as root. The catalog's then runs as `postgres` and the tenants' as `nobody`, so that what
 * breaks out of a tenant's database finds the catalog's files and socket closed; where only one of the two users
 * exists, both run as that one. For everyone else there is nothing to drop to and this is undefined.
 */
export async function postgresUsers(): Promise<PostgresUsers | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const [postgres, nobody] = await Promise.all([userNamed('postgres'), userNamed('nobody')]);
  const [catalog, tenants] = [postgres ?? nobody, nobody ?? postgres];
  return catalog && tenants && { catalog, tenants };
}

export const bothUsers = (users: PostgresUsers | undefined): RunAs[] =>
  users === undefined ? [] : [users.catalog, users.tenants];

/** Asks the kernel rather than reading mode bits: access lists and mounts count too. */
export async function canEnter(user: RunAs, folder: string): Promise<boolean> {
  return run('test', ['-x', folder], { ...user, cwd: '/', env: toolEnvironment() }).then(
    () => true,
    () => false,
  );
}

async function userNamed(name: string): Promise<RunAs | undefined> {
  try {
    const [uid, gid] = await Promise.all([id('-u', name), id('-g', name)]);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

/** `id` knows users that are not in /etc/passwd. On macOS nobody is 2^32 - 2, which Node takes only as -2: hence `| 0`. */
async function id(flag: '-u' | '-g', name: string): Promise<number> {
  const { stdout } = await run('id', [flag, name]);
  return Number(stdout) | 0;
}
