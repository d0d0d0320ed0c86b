import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

/** How long to wait for a login's row before terminating the sessions that lock it again. */
const rowTimeoutMs = 250;
const longestFightMs = 8_000;

/**
 * Closes logins, and ends their connections, even if their holders resist. Throws `DatabaseStillOpen` where that
 * did not succeed in time; what was closed stays closed.
 *
 * First they leave the groups that their right to connect comes with, and then nobody comes back. A membership is the one
 * thing that whoever is logged in cannot keep locked: the row of his login he can, by `alter role … password` in an open
 * transaction, and that of a database or a schema by a grant that does nothing.
 */
export async function shutLogins(
  client: pg.Client,
  logins: readonly string[],
  {
    groups,
    password = 'keep',
  }: { readonly groups: readonly string[]; readonly password?: 'keep' | 'forget' },
): Promise<void> {
  for (const group of await present(client, groups))
    for (const login of logins)
      await client.query(`revoke ${pg.escapeIdentifier(group)} from ${pg.escapeIdentifier(login)}`);
  const until = Date.now() + longestFightMs;
  for (const login of logins) {
    const close = `alter role ${pg.escapeIdentifier(login)} nologin${password === 'forget' ? ' password null' : ''}`;
    do {
      await endConnections(client, [login]);
    } while (!(await closes(client, close)) && (await beforeLong(until, login)));
  }
  await endLateComers(client, logins, until);
}

/** How long a login that Postgres has let in may take to be seen. */
const arrivalMs = 200;

/**
 * Ends connections until there is none for a while. One that was let in a moment before its way in was closed is seen only
 * once it has arrived, with what it was given on the way.
 */
export async function endLateComers(
  client: pg.Client,
  logins: readonly string[],
  until = Date.now() + longestFightMs,
): Promise<void> {
  for (let looks = 0; looks < 2; ) {
    looks = (await endConnections(client, logins)) === 0 ? looks + 1 : 0;
    await beforeLong(until, logins.join(', '), looks === 1 ? arrivalMs : 5);
  }
}

async function present(client: pg.Client, roles: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'select rolname as role from pg_catalog.pg_roles where rolname = any($1)',
    [roles],
  );
  return rows.map(({ role }) => role);
}

/** SQLSTATEs: the row is locked; two changes of it met; and `tuple concurrently updated`, which has no state of its own. */
const contended = /^(55P03|40...|XX000)$/;

async function closes(client: pg.Client, statement: string): Promise<boolean> {
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = ${rowTimeoutMs}`);
    await client.query(statement);
    await client.query('commit');
    return true;
  } catch (error) {
    await client.query('rollback');
    if (error instanceof pg.DatabaseError && contended.test(error.code ?? '')) return false;
    throw error;
  }
}

async function beforeLong(until: number, logins: string, pauseMs = 5): Promise<true> {
  if (Date.now() > until) throw failure('DatabaseStillOpen', `"${logins}" holds on to its login`);
  await sleep(pauseMs);
  return true;
}

/** How long a connection may take to end once it was told to. */
const endingMs = 2_000;

/** Ends the connections of logins, and waits until they have ended. Returns how many there were. */
export async function endConnections(client: pg.Client, logins: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ ended: boolean }>(
    `select pg_catalog.pg_terminate_backend(pid, ${endingMs}) as ended
     from pg_catalog.pg_stat_activity where usename = any($1)`,
    [logins],
  );
  if (rows.every(({ ended }) => ended)) return rows.length;
  throw failure('DatabaseStillOpen', "a connection of the tenant's own role does not end");
}
