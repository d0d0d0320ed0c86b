import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

/** How long to wait for a login's row before terminating the sessions that lock it again. */
const rowTimeoutMs = 250;
const longestFightMs = 8_000;

/**
 * Closes logins and ends their connections, even if the sessions resist. Throws `DatabaseStillOpen` if that
 * did not succeed in time; what was closed stays closed.
 *
 * First it takes the logins out of the groups that give them the right to connect, so that nobody can come
 * back. A membership is the one thing that a session cannot keep locked: it can lock its login's row, by
 * `alter role … password` in an open transaction, and the row of a database or a schema by a grant that
 * changes nothing.
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

/** How long it can take until a login that Postgres has accepted becomes visible. */
const arrivalMs = 200;

/**
 * Ends connections until none appears for a while. A login that was accepted a moment before it was closed
 * becomes visible only once its session has started, with the privileges that it had then.
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

/**
 * SQLSTATEs: the row is locked; two changes of it conflict; and `tuple concurrently updated`, which has no
 * code of its own.
 */
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

/** How long a terminated connection may take to end. */
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
