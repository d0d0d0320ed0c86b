import type pg from 'pg';
import type { AppRole } from '../../tenancy/app-role.js';
import { accessStatements, loginStatements } from './roles.js';
import { settingPassword } from './set-password.js';
import { inTurn } from './turn.js';

export interface LoginToGive {
  readonly role: string;
  readonly group: string;
  readonly password: string;
  readonly appRole: AppRole;
}

/**
 * Makes a login with its password and its group with all that the group may do, in one transaction that can be repeated.
 * `first` runs at its beginning, once no other attempt is at work.
 */
export function giveLogin(
  client: pg.Client,
  { role, group, password, appRole }: LoginToGive,
  first: () => Promise<void> = async () => {},
): Promise<void> {
  return settingPassword(password, (secret) =>
    inTurn(client, async () => {
      await first();
      for (const statement of loginStatements({ role, group, secret, appRole }))
        await client.query(statement);
      for (const statement of await accessStatements(client, group, appRole)) await client.query(statement);
    }),
  );
}
