import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';
import { inTurn } from './turn.js';

/*
 * Revoked privileges keep the tenant's own logins from writing. Other logins may write as well: an
 * application that connects as the owner, or a login that existed before the tenant. Nobody can revoke an
 * owner's privileges, so the database's sessions become read-only by default. A client could override that in
 * its session; no client does so by accident, and none is told that a write succeeded that will be lost.
 */

const setting = 'default_transaction_read_only';

/**
 * Throws `RequestUnfit` with the name of a login that would continue to write: its role has a setting of its
 * own, or the owner may not end its connections.
 */
export async function refuseUnstoppable(client: pg.Client, tenants: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ role: string; mine: boolean }>(
    `with other as (
       select r.oid, r.rolname, r.rolname = current_user or pg_catalog.pg_has_role(r.oid, 'usage')
           or pg_catalog.pg_has_role('pg_signal_backend', 'usage') as mine,
         exists (select from pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
           where s.setrole = r.oid and pg_catalog.starts_with(c, '${setting}=') and c <> '${setting}=on') as says
       from pg_catalog.pg_roles r
       where r.rolcanlogin and not r.rolsuper and r.rolname <> all($1)
         and pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'connect')
     )
     select rolname as role, mine from other where (says or not mine) and (
       exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
         where pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_' and c.relkind in ('r', 'p', 'v', 'f')
           and pg_catalog.has_table_privilege(other.oid, c.oid, 'insert, update, delete, truncate'))
       or exists (select from pg_catalog.pg_namespace n
         where pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'
           and pg_catalog.has_schema_privilege(other.oid, n.oid, 'create')))
     order by 1 limit 1`,
    [tenants],
  );
  const [found] = rows;
  if (found === undefined) return;
  const why = found.mine
    ? `its role sets ${setting} itself (alter role ${found.role} reset ${setting})`
    : "its connections are not the owner's to end";
  throw failure('RequestUnfit', `"${found.role}" would go on writing in the project that is left: ${why}`);
}

/** Whether sessions begin as read-only. */
export async function isClosed(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_catalog.pg_db_role_setting s join pg_catalog.pg_database d on d.oid = s.setdatabase
     where d.datname = pg_catalog.current_database() and s.setrole = 0 and '${setting}=on' = any(s.setconfig)`,
  );
  return rowCount !== 0;
}

/** From here on every session is read-only, except Tenantry's own as the owner. It can be repeated. */
export async function closeDatabase(client: pg.Client): Promise<void> {
  await alterDatabase(client, `set ${setting} = on`);
  await endEarlier(client);
}

/** Sessions can write again, as far as their roles may. It can be repeated. */
export async function openDatabase(client: pg.Client): Promise<void> {
  if (!(await isClosed(client))) return;
  await alterDatabase(client, `reset ${setting}`);
  // A connection pool would keep sessions that are still read-only.
  await endEarlier(client);
}

async function alterDatabase(client: pg.Client, to: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'select pg_catalog.quote_ident(pg_catalog.current_database()) as name',
  );
  for (const { name } of rows) await inTurn(client, () => client.query(`alter database ${name} ${to}`));
}

const endingMs = 2_000;
/** How long it can take until a new session becomes visible. */
const arrivalMs = 200;
const longestMs = 8_000;

/** Ends the sessions that began before this moment: a session keeps the settings that it started with. */
async function endEarlier(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ moment: string }>(
    'select pg_catalog.clock_timestamp()::pg_catalog.text as moment',
  );
  const until = Date.now() + longestMs;
  for (let looks = 0; looks < 2; await sleep(looks === 1 ? arrivalMs : 0)) {
    const { rowCount } = await client.query(
      `select pg_catalog.pg_terminate_backend(a.pid, ${endingMs})
       from pg_catalog.pg_stat_activity a join pg_catalog.pg_roles r on r.oid = a.usesysid
       where a.datname = pg_catalog.current_database() and a.pid <> pg_catalog.pg_backend_pid()
         and a.backend_start <= $1::pg_catalog.timestamptz and not r.rolsuper
         and (pg_catalog.pg_has_role(r.oid, 'usage') or pg_catalog.pg_has_role('pg_signal_backend', 'usage'))`,
      [rows[0]?.moment],
    );
    looks = rowCount === 0 ? looks + 1 : 0;
    if (Date.now() > until) throw failure('DatabaseStillOpen', 'a connection to the database does not end');
  }
}
