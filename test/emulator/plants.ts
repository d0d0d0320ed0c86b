import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { scratchFolder } from '../support/scratch-folder.js';

const types = [
  'text',
  'name',
  'oid',
  'int4',
  'int8',
  'bool',
  '"char"',
  'regclass',
  'bpchar',
  'varchar',
  'anyelement',
];
const commonTypes = ['text', 'name', 'oid', 'int8', 'anyelement'];

/** A file that only a program started by a superuser's `COPY … TO PROGRAM` makes. */
export function proofOfEscape() {
  const folder = scratchFolder('neon-escapeAttempt-');
  // Whichever user Postgres runs as, he can write it.
  chmodSync(folder.path, 0o777);
  const file = path.join(folder.path, 'escaped');
  return {
    file,
    /** Who ran which code of the tenant's; empty when nobody did. */
    said: () => (existsSync(file) ? readFileSync(file, 'utf8') : ''),
    remove: folder.remove,
  };
}

/** What a tenant's code does when it is called: a program on the machine, as soon as a superuser is the one who calls. */
export const escapeAttempt = (file: string, what: string) => `
  IF (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) CURRENT_USER) THEN
    COPY (SELECT CURRENT_USER, '${what}') TO PROGRAM 'cat >>${file}';
    RAISE EXCEPTION '${what} was run by %', CURRENT_USER;
  END IF;`;

/** Overloads in `public` of functions and operators, for every type that may fit better than what Postgres has. */
export async function plantShadows(
  client: pg.Client,
  functions: readonly string[],
  operators: readonly string[],
  file: string,
): Promise<void> {
  const body = pgLiteral(`BEGIN ${escapeAttempt(file, 'a shadow')} RETURN NULL; END`);
  const pairs = types.flatMap((left) => types.map((right) => [left, right]));
  const signatures = [
    [],
    ...types.map((type) => [type]),
    ...pairs,
    ...commonTypes.flatMap((a) => commonTypes.flatMap((b) => commonTypes.map((c) => [a, b, c]))),
  ].map((arguments_) => arguments_.join(', '));
  await client.query('SET search_path = pg_catalog; SET check_function_bodies = off');
  await client.query(
    `DO $plant$ DECLARE f text; s text; BEGIN
       FOREACH f IN ARRAY ${array(functions)} LOOP
         FOREACH s IN ARRAY ${array(signatures)} LOOP
           EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', f, s, ${body});
         END LOOP;
       END LOOP;
     END $plant$`,
  );
  await client.query(
    `DO $plant$ DECLARE o text; s text; BEGIN
       FOREACH s IN ARRAY ${array(pairs.map((pair) => pair.join(', ')))} LOOP
         EXECUTE format('CREATE FUNCTION public.shadow_operator(%s) RETURNS bool LANGUAGE plpgsql AS %L', s, ${body});
         FOREACH o IN ARRAY ${array(operators)} LOOP
           EXECUTE format('CREATE OPERATOR public.%s (FUNCTION = public.shadow_operator, LEFTARG = %s, RIGHTARG = %s)',
             o, split_part(s, ', ', 1), split_part(s, ', ', 2));
         END LOOP;
       END LOOP;
     END $plant$`,
  );
  await client.query(
    `CREATE FUNCTION public.shadow_view() RETURNS bool LANGUAGE plpgsql AS
       ${pgLiteral(`BEGIN ${escapeAttempt(file, 'a shadow of a view')} RETURN true; END`)}`,
  );
  for (const catalog of ['pg_class', 'pg_database', 'pg_roles', 'pg_authid', 'pg_trigger', 'pg_namespace'])
    await client.query(
      `CREATE VIEW public.${catalog} AS SELECT * FROM pg_catalog.${catalog} WHERE public.shadow_view()`,
    );
  for (const type of ['regclass', 'oid', 'name', 'text'])
    await client.query(
      `CREATE DOMAIN public.${type} AS pg_catalog.${type} CHECK (public.shadow_operator(0, 0))`,
    );
}

const pgLiteral = (text: string) => `'${text.replaceAll("'", "''")}'`;
const array = (items: readonly string[]) => `ARRAY[${items.map(pgLiteral).join(', ')}]::text[]`;
