import type pg from 'pg';
import type { AppRole } from '../../../tenancy/app-role.js';
import { accessStatements } from './access.js';
import { loginStatements, rolesUnlessThere, stripStatements } from './roles.js';
import { settingPassword } from './set-password.js';
import { inTurn } from './turn.js';

export interface LoginToGive {
  readonly role: string;
  readonly group: string;
  readonly password: string;
  readonly appRole: AppRole;
}

/**
 * Gives a login its password and its group, with all privileges of the group, in one transaction that can be
 * repeated. `first` runs at the start of the transaction, once no other attempt is active.
 */
export function giveLogin(
  client: pg.Client,
  { role, group, password, appRole }: LoginToGive,
  first: () => Promise<void> = async () => {},
): Promise<void> {
  return settingPassword(password, (secret) =>
    inTurn(client, async () => {
      await first();
      const run = async (statements: readonly string[]) => {
        for (const statement of statements) await client.query(statement);
      };
      await run(rolesUnlessThere({ role, group }));
      await run(await stripStatements(client, role, group));
      await run(loginStatements({ role, group, secret, appRole }));
      await run(await accessStatements(client, group, appRole));
    }),
  );
}
