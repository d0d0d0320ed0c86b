import type { Command } from 'commander';
import { CredentialRefusedError } from '../../client/errors.js';
import type { TenantryClient } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { noConnection, psql } from '../psql.js';
import { answer, say } from '../say.js';

export function connectCommand(program: Command): void {
  program
    .command('connect <id>')
    .description("open psql as the tenant's own role")
    .option('--print', 'print the connection string instead; it is a secret')
    .addHelpText('after', examples('connect acme', 'connect acme --print'))
    .action((id: string, { print }: { print?: true }) =>
      withBackend(async ({ tenantry }) => {
        const connection = await tenantry.connectionString(id);
        if (print) answer(connection);
        else {
          process.exitCode = await psql(connection);
          if (process.exitCode === noConnection) await sayIfRefused(tenantry, id);
        }
      }),
    );
}

/** If the login was changed in the database, psql only reports a wrong password, and not the remedy. */
async function sayIfRefused(tenantry: TenantryClient, id: string): Promise<void> {
  try {
    (await (await tenantry.pool(id)).connect()).release();
  } catch (error) {
    if (error instanceof CredentialRefusedError) say(`tenantry: ${error.message}`);
  }
}
