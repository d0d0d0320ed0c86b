import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isCompiled, ownRoot } from '../own-modules.js';
import { bothUsers, postgresUsers, type RunAs } from '../postgres-user.js';
import { ownStateFolder, stateFolder } from '../state-directory.js';
import { temporalCli } from '../temporal-cli.js';
import { toolCache } from '../tool-cache.js';
import { postgresBinaries } from './postgres-binaries.js';
import { search } from './search.js';
import { ToolchainMissingError } from './toolchain-missing-error.js';

/** What the local stack runs beside Node. */
export interface Toolchain {
  /** The Temporal CLI. */
  readonly temporal: string;
  /** For the tenants' clusters. */
  readonly postgres: PostgresProgram;
  /** For the catalog's: the same program as another user, where there are two. */
  readonly catalogPostgres: PostgresProgram;
}

interface PostgresProgram {
  /** The folder of `postgres` and `initdb`. */
  readonly binDir: string;
  /** The user Postgres must run as, set when we are root. */
  readonly runAs?: RunAs;
}

export const requirementsFile = join(ownRoot, 'setup/requirements.txt');

/**
 * The folders in which it is looked for, and it is installed into the first: the user's cache, and then the state's, where there
 * is no other. Each is named for the pins, so that changed pins are looked for in a fresh folder.
 */
export async function toolchainFolders(): Promise<readonly string[]> {
  const pins = createHash('sha256')
    .update(await readFile(requirementsFile))
    .digest('hex');
  const cache = await toolCache({ users: bothUsers(await postgresUsers()) });
  // A checkout's own, whatever `TENANTRY_STATE_DIR` says: set-up leaves it there.
  const state = isCompiled ? await stateFolder() : await ownStateFolder();
  const homes = cache === undefined ? [state] : [cache, state];
  return homes.map((home) => join(home, `toolchain-${pins.slice(0, 12)}`));
}

/**
 * Finds both binaries: named by TENANTRY_TEMPORAL_BIN and TENANTRY_POSTGRES_BIN, else on the PATH, else set up.
 *
 * @throws ToolchainMissingError when one is nowhere to be had.
 * @throws UnfitToolError when an environment variable names one that will not do.
 */
export async function findToolchain(
  environment: NodeJS.ProcessEnv = process.env,
  folders?: readonly string[],
): Promise<Toolchain> {
  const installed = folders ?? (await toolchainFolders());
  const users = await postgresUsers();
  const [temporal, postgres] = await Promise.all([
    search(temporalCli, environment, installed),
    search(postgresBinaries(bothUsers(users)), environment, installed),
  ]);
  if ('found' in temporal && 'found' in postgres) {
    const binDir = postgres.found;
    return {
      temporal: temporal.found,
      postgres: { binDir, ...(users && { runAs: users.tenants }) },
      catalogPostgres: { binDir, ...(users && { runAs: users.catalog }) },
    };
  }
  throw new ToolchainMissingError([temporal, postgres].filter((result) => 'lacking' in result));
}
