import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canEnter, postgresUser, type RunAs } from './postgres-user.js';

export const checkoutRoot = fileURLToPath(new URL('..', import.meta.url));

/** Everyone may pass through, so that a dropped Postgres reaches what is its own; nobody else may list. */
const PASS_THROUGH = 0o711;

/**
 * The folder in which this checkout keeps its toolchain and its data, made if need be: `.tenantry/` inside the
 * checkout. Only where root's Postgres, which runs as another user, could not get there (a checkout below a home
 * of mode 700), it is a folder of root's outside, named for the checkout.
 */
export async function stateDirectory(): Promise<string> {
  return makePassable(await placeOfState(checkoutRoot, await postgresUser()));
}

/** The rule alone. `user` is the one Postgres drops to, if it has to. */
export async function placeOfState(
  checkout: string,
  user: RunAs | undefined,
  outside = '/var/lib/tenantry',
): Promise<string> {
  if (!user || (await canEnter(user, checkout))) return join(checkout, '.tenantry');
  return join(outside, createHash('sha256').update(checkout).digest('hex').slice(0, 12));
}

/** Makes `folder`, and the parent it may lack, of a mode that no umask takes away. */
export async function makePassable(folder: string): Promise<string> {
  const parentIsNew = await mkdir(dirname(folder), { recursive: true });
  if (parentIsNew) await chmod(dirname(folder), PASS_THROUGH);
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK).catch(() => {
    throw new Error(
      `${folder} belongs to another user: an earlier run as root, perhaps. Remove it or run as its owner.`,
    );
  });
  const { mode } = await stat(folder);
  if ((mode & PASS_THROUGH) !== PASS_THROUGH) await chmod(folder, PASS_THROUGH);
  return folder;
}
