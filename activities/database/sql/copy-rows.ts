import type pg from 'pg';
import { type PipedTool, pipePostgresTools } from '../postgres-tools.js';
import { withTenantDatabase } from '../tenant-database.js';
import type { RestoreLookup } from './name-lookup.js';
import { flowFindingNamesIn } from './restored-names.js';
import { lockWait, type RestoreTarget, roleArguments } from './schema-archive.js';

export interface RowCopy {
  readonly from: string;
  readonly to: string;
  readonly toAsApp: string;
  readonly group: string;
  readonly appRole: string;
  readonly lookup: RestoreLookup;
  readonly signal: AbortSignal;
}

interface Relation {
  /** The quoted name with its schema: a pattern for `pg_dump` that matches only this relation. */
  readonly pattern: string;
  readonly owner: string;
}

/**
 * Copies the rows of everything that does not belong to the tenant, as the owner, straight from one database
 * into the other.
 */
export async function copyOwnersRows(copy: RowCopy): Promise<void> {
  const { from, to, group, appRole, lookup, signal } = copy;
  const relations = await withTenantDatabase(from, signal, relationsOf);
  const tenants = relations.filter(({ owner }) => owner === group || owner === appRole);
  await stream(copy, without(tenants), { connectionString: to, schemas: lookup.owner });
}

/** Copies the rows of everything that belongs to the tenant, in a session of the tenant's role. */
export async function copyTenantsRows(copy: RowCopy): Promise<void> {
  const { from, toAsApp, group, appRole, lookup, signal } = copy;
  const relations = await withTenantDatabase(from, signal, relationsOf);
  for (const role of [appRole, group]) {
    if (!relations.some(({ owner }) => owner === role)) continue;
    const others = relations.filter(({ owner }) => owner !== role);
    // Large objects of all owners are copied with the owner's rows.
    const source = ['--no-large-objects', ...without(others)];
    await stream(copy, source, { connectionString: toAsApp, role, schemas: lookup.tenant });
  }
}

function stream(
  { from, signal }: RowCopy,
  source: readonly string[],
  { connectionString, role, schemas }: Omit<RestoreTarget, 'signal'>,
): Promise<void> {
  const dump: PipedTool = { tool: 'pg_dump', args: [...dumping, ...source], connectionString: from };
  const args = [...restoring, ...roleArguments(role)];
  const restore: PipedTool = { tool: 'pg_restore', args, connectionString };
  return pipePostgresTools(dump, restore, signal, flowFindingNamesIn(schemas));
}

// Not compressed: the dump is streamed, not kept.
const dumping = ['--format=custom', '--compress=0', '--section=data', lockWait];
const restoring = ['--single-transaction', '--no-privileges', '--no-tablespaces', '--section=data'];

function without(relations: readonly Relation[]): string[] {
  return relations.map(({ pattern }) => `--exclude-table-data=${pattern}`);
}

async function relationsOf(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query<{ schema: string; name: string; owner: string }>(
    `select n.nspname as schema, c.relname as name, pg_catalog.pg_get_userbyid(c.relowner) as owner
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'S') and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'
       and n.nspname <> 'information_schema'`,
  );
  return rows.map(({ schema, name, owner }) => ({ owner, pattern: `${quoted(schema)}.${quoted(name)}` }));
}

/** Inside quotes a pattern has no wildcards. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
