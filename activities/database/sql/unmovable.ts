import type pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

interface Kind {
  /** Returns the names of the objects of this kind. */
  readonly query: string;
  readonly why: (names: string) => string;
}

/** Things that would stay in the former project, and be deleted with it. */
const kinds: readonly Kind[] = [
  {
    query: `select d.datname as name from pg_catalog.pg_database d
      join pg_catalog.pg_roles r on r.oid = d.datdba
      where d.datname <> pg_catalog.current_database() and not d.datistemplate and not r.rolsuper`,
    why: (names) => `the project has other databases, ${names}, and a move carries one: move or drop them`,
  },
  {
    query: `select s.subname as name from pg_catalog.pg_subscription s join pg_catalog.pg_database d on d.oid = s.subdbid
      where d.datname = pg_catalog.current_database()`,
    why: (names) =>
      `the database subscribes to another one, by ${names}: a copy would not go on where it stands; drop it, and make it again after the move`,
  },
  {
    query: `select slot_name as name from pg_catalog.pg_replication_slots
      where database = pg_catalog.current_database() and not temporary`,
    why: (names) =>
      `somebody follows the database's changes, through the replication slot ${names}: what is written around the move would never reach them; drop it, and make it again after the move`,
  },
];

/** Throws `RequestUnfit` with the name of the first thing that a move would lose. */
export async function refuseUnmovable(client: pg.Client): Promise<void> {
  for (const { query, why } of kinds) {
    const { rows } = await client.query<{ name: string }>(`${query} order by 1 limit 3`);
    if (rows.length > 0)
      throw failure('RequestUnfit', why(rows.map(({ name }) => JSON.stringify(name)).join(', ')));
  }
}
