import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { toolEnvironment } from '../emulator/postgres/tool-environment.js';

const run = promisify(execFile);

/** The user a process drops to, in the shape `child_process` takes. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Postgres refuses to run as root. Then it runs as `postgres` where that user exists, else as `nobody`;
 * for everyone else there is nothing to drop to and this is undefined.
 */
export async function postgresUser(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await userNamed('postgres')) ?? (await userNamed('nobody'));
}

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
