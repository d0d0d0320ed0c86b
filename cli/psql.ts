import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { postgresProgram } from '../tenancy/postgres-program.js';

/** psql's exit code when its connection failed or broke. */
export const noConnection = 2;

/**
 * Runs psql in this terminal, and returns its exit code. The password is in the environment, because everyone on the
 * machine can read a command line. None of our keys is in it, because `\!` in psql opens a shell.
 */
export async function psql(connection: string): Promise<number> {
  const { address, environment } = postgresProgram(connection, process.env, { inTerminal: true });
  const { findToolchain } = await import('../local/toolchain/toolchain.js');
  const { postgres } = await findToolchain();
  const child = spawn(path.join(postgres.binDir, 'psql'), [address], {
    stdio: 'inherit',
    env: environment,
  });
  // Ctrl-C belongs to psql, which uses it to cancel a query.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', ignore);
  return typeof code === 'number' ? code : 1;
}
