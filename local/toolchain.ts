import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBinaries } from './postgres-binaries.js';
import { postgresUser, type RunAs } from './postgres-user.js';
import { search } from './search.js';
import { checkoutRoot, stateDirectory } from './state-directory.js';
import { temporalCli } from './temporal-cli.js';
import { ToolchainMissingError } from './toolchain-missing-error.js';

/** What the local stack runs beside Node. */
export interface Toolchain {
  /** The Temporal CLI. */
  readonly temporal: string;
  readonly postgres: {
    /** The folder of `postgres` and `initdb`. */
    readonly binDir: string;
    /** The user Postgres must run as, set when we are root. */
    readonly runAs?: RunAs;
  };
}

export const requirementsFile = join(checkoutRoot, 'setup/requirements.txt');

/** The folder set-up installs into. Named for the pins, so that changed pins are looked for in a fresh folder. */
export async function toolchainFolder(): Promise<string> {
  const pins = createHash('sha256')
    .update(await readFile(requirementsFile))
    .digest('hex');
  return join(await stateDirectory(), `toolchain-${pins.slice(0, 12)}`);
}

/**
 * Finds both binaries: named by TENANTRY_TEMPORAL_BIN and TENANTRY_POSTGRES_BIN, else on the PATH, else set up.
 *
 * @throws ToolchainMissingError when one is nowhere to be had.
 * @throws UnfitToolError when an environment variable names one that will not do.
 */
export async function findToolchain(
  environment: NodeJS.ProcessEnv = process.env,
  folder?: string,
): Promise<Toolchain> {
  const installed = folder ?? (await toolchainFolder());
  const runAs = await postgresUser();
  const [temporal, postgres] = await Promise.all([
    search(temporalCli, environment, installed),
    search(postgresBinaries(runAs), environment, installed),
  ]);
  if ('found' in temporal && 'found' in postgres) {
    return { temporal: temporal.found, postgres: { binDir: postgres.found, ...(runAs && { runAs }) } };
  }
  throw new ToolchainMissingError([temporal, postgres].filter((result) => 'lacking' in result));
}
