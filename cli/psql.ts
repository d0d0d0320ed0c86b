import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findToolchain } from '../local/toolchain/toolchain.js';
import { postgresProgram } from '../tenancy/postgres-program.js';

/** What psql exits with when its connection was not made, or broke. */
export const noConnection = 2;

/**
 * Runs psql in this terminal, and returns its exit code. The password goes by the environment: a command line is for all to see.
 * None of our keys does: `\!` in psql is a shell.
 */
export async function psql(connection: string): Promise<number> {
  const { address, environment } = postgresProgram(connection, process.env, { inTerminal: true });
  const { postgres } = await findToolchain();
  const child = spawn(path.join(postgres.binDir, 'psql'), [address], {
    stdio: 'inherit',
    env: environment,
  });
  // Ctrl-C belongs to psql, which ends a query with it.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', ignore);
  return typeof code === 'number' ? code : 1;
}
