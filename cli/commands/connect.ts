import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { CredentialRefusedError } from '../../client/errors.js';
import type { TenantryClient } from '../../client/index.js';
import { findToolchain } from '../../local/toolchain.js';
import { postgresProgram } from '../../tenancy/postgres-program.js';
import { withBackend } from '../backend.js';
import { answer, say } from '../say.js';

export function connectCommand(program: Command): void {
  program
    .command('connect <id>')
    .description("open psql as the tenant's own role")
    .option('--branch <name>', "to a copy of the tenant's database, as the copy's own role")
    .option('--print', 'print the connection string instead; it is a secret')
    .action((id: string, { branch, print }: { branch?: string; print?: true }) =>
      withBackend(async ({ tenantry }) => {
        const connection =
          branch === undefined
            ? await tenantry.connectionString(id)
            : await tenantry.branchConnectionString(id, branch);
        if (print) answer(connection);
        else {
          process.exitCode = await psql(connection);
          if (process.exitCode === noConnection && branch === undefined) await sayIfRefused(tenantry, id);
        }
      }),
    );
}

/** What psql exits with when its connection was not made, or broke. */
const noConnection = 2;

/** Where the login was changed in the database, psql says that the password is wrong, and not what mends it. */
async function sayIfRefused(tenantry: TenantryClient, id: string): Promise<void> {
  try {
    (await (await tenantry.pool(id)).connect()).release();
  } catch (error) {
    if (error instanceof CredentialRefusedError) say(`tenantry: ${error.message}`);
  }
}

/**
 * Runs psql in this terminal. The password goes by the environment: a command line is for all to see. None of our keys
 * does: `\!` in psql is a shell.
 */
async function psql(connection: string): Promise<number> {
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
