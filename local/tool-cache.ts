import { access, constants, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { canEnter, type RunAs } from './postgres-user.js';

export interface ToolCacheOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Those that Postgres drops to, if it has to. */
  readonly users: readonly RunAs[];
  /** Root's, where its home keeps those users out. */
  readonly outside?: string;
}

/**
 * Where a user's binaries are kept, once for all checkouts and projects: `tenantry/` in `XDG_CACHE_HOME`, else in `~/.cache`. Root's
 * Postgres runs as other users, so where they cannot get there, or it is not root's own home, it is a folder outside. Undefined
 * where neither serves: no home, or one in which nothing can be made.
 */
export async function toolCache({
  environment = process.env,
  users,
  outside = '/var/cache/tenantry',
}: ToolCacheOptions): Promise<string | undefined> {
  const own = ownCache(environment);
  if (own !== undefined && (await serves(own, users))) return own;
  return users.length > 0 && (await serves(outside, users)) ? outside : undefined;
}

function ownCache({ XDG_CACHE_HOME: named, HOME }: NodeJS.ProcessEnv): string | undefined {
  const home = HOME || homedir();
  // A relative path says nothing, by the rule that the variable comes from.
  const caches = named && isAbsolute(named) ? named : isAbsolute(home) ? join(home, '.cache') : undefined;
  return caches && join(caches, 'tenantry');
}

/** Whether it is there and ours, or can be made, and every user can get there. */
async function serves(folder: string, users: readonly RunAs[]): Promise<boolean> {
  const there = await nearest(folder);
  if (there === undefined || !(await isOurs(there, there === folder))) return false;
  const entering = await Promise.all(users.map((user) => canEnter(user, there)));
  return entering.every(Boolean);
}

/** The folder, or the first above it that there is. */
async function nearest(folder: string): Promise<string | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found !== undefined) return found.isDirectory() ? folder : undefined;
  return dirname(folder) === folder ? undefined : nearest(dirname(folder));
}

/**
 * Whether nobody else can put programs there, and what is made there is in nobody's way. One that is there already may be
 * read-only, and root's.
 */
async function isOurs(folder: string, isItself: boolean): Promise<boolean> {
  const { uid, mode } = await stat(folder);
  const self = process.getuid?.();
  if (isItself) return (uid === self || uid === 0) && (mode & constants.S_IWOTH) === 0;
  // Root may write everywhere, and in somebody's home it would leave what they cannot remove.
  if (self === 0 && uid !== 0) return false;
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
