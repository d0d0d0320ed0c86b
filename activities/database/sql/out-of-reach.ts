import type pg from 'pg';
import { ownSchema } from './turn.js';

/** An object that a role cannot read and write, and its owner. */
export interface OutOfReach {
  /** With its schema where it needs one, quoted where SQL needs it. */
  readonly name: string;
  readonly owner: string;
}

/**
 * Returns the objects in the current user's schemas that a role, or `public`, cannot read and write. Objects
 * of the current user itself are included only with `ownToo`; objects of an extension or a superuser never
 * are.
 */
export async function outOfReach(
  client: pg.Client,
  role: string,
  { ownToo }: { readonly ownToo: boolean },
): Promise<OutOfReach[]> {
  const { rows } = await client.query<OutOfReach>(query, [role, ownSchema, ownToo]);
  return rows;
}

/** Text for a message: `orders of "web"`, the first few. */
export function named(things: readonly OutOfReach[], most = 3): string {
  const first = things.slice(0, most).map(({ name, owner }) => `${name} of "${owner}"`);
  return [...first, ...(things.length > most ? [`${things.length - most} more`] : [])].join(', ');
}

const query = `
  select c.oid::pg_catalog.regclass::pg_catalog.text as name, r.rolname as owner
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_roles r on r.oid = c.relowner
  where pg_catalog.pg_has_role(n.nspowner, 'usage') and n.nspname <> $2
    and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'
    and not r.rolsuper and r.rolname <> $1 and ($3 or r.rolname <> current_user)
    and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
    and case when c.relkind = 'S'
      then not (pg_catalog.has_sequence_privilege($1, c.oid, 'usage')
        and pg_catalog.has_sequence_privilege($1, c.oid, 'select')
        and pg_catalog.has_sequence_privilege($1, c.oid, 'update'))
      when c.relkind in ('r', 'p', 'v', 'm', 'f')
      then not (pg_catalog.has_table_privilege($1, c.oid, 'select') and pg_catalog.has_table_privilege($1, c.oid, 'insert')
        and pg_catalog.has_table_privilege($1, c.oid, 'update') and pg_catalog.has_table_privilege($1, c.oid, 'delete'))
      else false end
  order by c.relkind = 'S', 1`;
