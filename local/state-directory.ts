import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isCompiled, ownRoot } from './own-modules.js';
import { bothUsers, canEnter, postgresUsers, type RunAs } from './postgres-user.js';

/** The folder of this checkout, for what exists in a checkout alone. */
export const checkoutRoot = ownRoot;

/** Everyone may pass through, so that a dropped Postgres reaches what is its own; nobody else may list. */
const PASS_THROUGH = 0o711;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/**
 * The folder in which data is kept from one run to the next, made if need be: the one that `TENANTRY_STATE_DIR` names,
 * else {@link ownStateFolder}.
 */
export async function stateDirectory(): Promise<string> {
  const folder = await stateFolder();
  await makePassable(folder);
  // It holds keys, and a project that we are installed in has not told git to ignore it.
  if (isCompiled && !process.env.TENANTRY_STATE_DIR) await writeFile(join(folder, '.gitignore'), '*\n');
  return folder;
}

/** Where that is, whether or not it has been made. */
export async function stateFolder(): Promise<string> {
  const named = process.env.TENANTRY_STATE_DIR;
  return named ? resolve(named) : ownStateFolder();
}

/**
 * `.tenantry/` inside the checkout or, installed as a package, in the current folder: node_modules may be replaced at
 * any time. Only where root's Postgres, which runs as another user, could not get there (a folder below a home of mode
 * 700), it is a folder of root's outside, named for the checkout or the current folder.
 */
export async function ownStateFolder(): Promise<string> {
  const home = isCompiled ? process.cwd() : checkoutRoot;
  return placeOfState(home, bothUsers(await postgresUsers()));
}

/** The rule alone. `users` are those that Postgres drops to, if it has to. */
export async function placeOfState(
  home: string,
  users: readonly RunAs[],
  outside = '/var/lib/tenantry',
): Promise<string> {
  const entering = await Promise.all(users.map((user) => canEnter(user, home)));
  if (entering.every(Boolean)) return join(home, '.tenantry');
  return join(outside, createHash('sha256').update(home).digest('hex').slice(0, 12));
}

/** Makes `folder`, and the parent it may lack, of a mode that no umask takes away. */
export async function makePassable(folder: string): Promise<string> {
  const parentIsNew = await mkdir(dirname(folder), { recursive: true });
  if (parentIsNew) await chmod(dirname(folder), PASS_THROUGH);
  await mkdir(folder, { recursive: true, mode: PASS_THROUGH });
  await access(folder, constants.W_OK).catch(() => {
    throw new Error(
      `${folder} belongs to another user: an earlier run as root, perhaps. Remove it or run as its owner.`,
    );
  });
  const { mode, uid } = await stat(folder);
  // Others could put links where keys are kept. A folder such as /tmp is everyone's, and must stay so.
  const isOpen = (mode & WRITABLE_BY_ALL) !== 0;
  if (isOpen && (mode & STICKY || uid !== process.getuid?.()))
    throw new Error(`Everyone may write to ${folder}: name a folder below it.`);
  if (isOpen || (mode & PASS_THROUGH) !== PASS_THROUGH) await chmod(folder, PASS_THROUGH);
  return folder;
}
