import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import { failure } from '../../tenancy/failures.js';
import { appGroupName, appReaderName, nextAppRoleName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { appIn, ownerIn } from '../known-owner.js';
import { knownTenant } from '../known-tenant.js';
import type { ProjectInput } from '../tenant-input.js';
import { differences, fingerprintOf, refuseDifferences } from './fingerprint.js';
import { addGrants, type GrantRoles, matchGrants } from './grants-of.js';
import { withScratchFolder } from './scratch-folder.js';
import { copyOwnersRows, copyTenantsRows } from './sql/copy-rows.js';
import { giveLogin } from './sql/give-login.js';
import { type RestoreLookup, restoreLookup } from './sql/name-lookup.js';
import { createRoleUnlessThere } from './sql/roles.js';
import {
  castsOf,
  dumpSchema,
  entriesOf,
  isPublication,
  restoreSchema,
  type SchemaArchive,
} from './sql/schema-archive.js';
import { carrySettings } from './sql/settings-of.js';
import { dropTurn, inTurn } from './sql/turn.js';
import { refuseUnmovable } from './sql/unmovable.js';
import { refuseStrangers } from './strangers.js';
import { withTenantDatabase } from './tenant-database.js';

/** Two projects of a tenant: the database of one is copied to the other. */
export interface CopyInput extends ProjectInput {
  readonly fromProjectId: string;
  /** Roles whose privileges are not copied, because the roles do not exist there. */
  readonly leftBehind?: readonly string[];
}

export interface CopyAsked extends CopyInput {
  readonly schemaOnly?: boolean;
}

/** The two databases, and the logins that work in the copy: its owner and the tenant's own role. */
interface Copying {
  readonly from: string;
  readonly to: string;
  readonly toAsApp: string;
  readonly group: string;
  readonly appRole: string;
  readonly roles: GrantRoles;
  readonly lookup: RestoreLookup;
  readonly signal: AbortSignal;
}

/**
 * Copies the database in its current state, and replaces what an earlier attempt may have copied.
 * `schemaOnly` tries the copy without rows, while everyone can still write, to find errors early.
 *
 * The tenant's own login creates and fills the tenant's objects. Check constraints, domains, generated
 * columns and index expressions call the tenant's functions, which would otherwise run as the owner of the
 * new project; a `set role` would not contain them, because they could reset it.
 */
export function copyDatabase(dependencies: Dependencies) {
  const copy = (copying: Copying, input: CopyAsked): Promise<void> =>
    withScratchFolder(async (folder) => {
      await empty(dependencies, input, copying.to);
      await withTenantDatabase(copying.from, copying.signal, refuseUnmovable);
      await refuseOthers(copying);
      await refuseStrangers(copying.from, copying.to, copying.roles.except, copying.signal);
      const before = await dumpSchema(copying.from, 'pre-data', folder, copying.signal);
      const after = await dumpSchema(copying.from, 'post-data', folder, copying.signal);
      // All of the owner's objects come before any of the tenant's: from then on the tenant's code may have
      // run there.
      await copyOwners(copying, before);
      if (!input.schemaOnly) await copyOwnersRows(copying);
      await copyOwners(copying, after);
      await letTenantIn(copying);
      await copyTenants(copying, before);
      if (!input.schemaOnly) await copyTenantsRows(copying);
      await copyTenants(copying, after);
      await copyPublications(copying, after);
      await matchGrants(copying.from, copying.to, copying.roles, copying.signal);
      await carrySettings(copying.from, copying.to, copying.signal);
      if (input.schemaOnly) await compareStructures(copying);
    });
  const copyOrTry = async (input: CopyAsked): Promise<void> => {
    const copying = await copyingOf(dependencies, input);
    await (input.schemaOnly ? untilSettled(copying, () => copy(copying, input)) : copy(copying, input));
  };
  return (input: CopyAsked): Promise<void> => heartbeatWhile(copyOrTry(input));
}

/** How often a trial is repeated while the schema keeps changing. */
const mostTrials = 5;

/**
 * Tries again if a table or an index was created or dropped in the meantime: that is not a fault of the copy.
 */
async function untilSettled(copying: Copying, trial: () => Promise<void>): Promise<void> {
  for (let left = mostTrials - 1; ; left -= 1) {
    const before = await structureOf(copying.from, copying);
    try {
      return await trial();
    } catch (error) {
      copying.signal.throwIfAborted();
      if (left === 0 || differences(before, await structureOf(copying.from, copying)).length === 0)
        throw error;
    }
  }
}

async function copyingOf({ catalog, fleet }: Dependencies, input: CopyInput): Promise<Copying> {
  const { tenant, fromProjectId, projectId } = input;
  const known = await knownTenant(catalog, tenant);
  // The copy begins by dropping everything in the target, which must never be the live project.
  if (known.projectId === projectId)
    throw failure('TenantStateConflict', 'the copy would replace the original');
  const group = appGroupName(tenant.id);
  const { appRole } = known;
  const { ownSchema } = fleet.appRole;
  const signal = cancellationSignal();
  const from = await ownerIn(catalog, tenant, fromProjectId);
  return {
    from,
    to: await ownerIn(catalog, tenant, projectId),
    toAsApp: await appIn(catalog, tenant, projectId),
    group,
    appRole,
    roles: comparedRoles(input),
    lookup: await restoreLookup(from, { group, appRole, ownSchema }, signal),
    signal,
  };
}

/** The roles whose privileges are copied and compared. */
export function comparedRoles({ tenant, leftBehind = [] }: CopyInput): GrantRoles {
  return { group: appGroupName(tenant.id), except: [appReaderName(tenant.id), ...leftBehind] };
}

async function copyOwners(copying: Copying, archive: SchemaArchive): Promise<void> {
  const tenants = new Set((await tenantsEntries(copying, archive)).flatMap(({ entries }) => entries));
  const entries = archive.entries.filter((line) => !tenants.has(line) && !isPublication(line));
  const { to: connectionString, lookup, signal } = copying;
  await restoreSchema(archive, entries, { connectionString, schemas: lookup.owner, signal });
}

/** Publications belong to the owner, and may contain the tenant's tables. */
async function copyPublications({ to: connectionString, signal }: Copying, archive: SchemaArchive) {
  const entries = archive.entries.filter(isPublication);
  await restoreSchema(archive, entries, { connectionString, schemas: [], signal });
}

/** It finds the differences that do not depend on rows now, rather than after writes are stopped. */
async function compareStructures(copying: Copying): Promise<void> {
  const { from, to } = copying;
  refuseDifferences(differences(await structureOf(from, copying), await structureOf(to, copying)));
}

function structureOf(database: string, { roles, signal }: Copying) {
  return withTenantDatabase(database, signal, (client) => fingerprintOf(client, roles, { contents: false }));
}

async function copyTenants(copying: Copying, archive: SchemaArchive): Promise<void> {
  const { toAsApp: connectionString, lookup, signal } = copying;
  for (const { role, entries } of await tenantsEntries(copying, archive))
    await restoreSchema(archive, entries, { connectionString, role, schemas: lookup.tenant, signal });
}

/** The objects of the tenant's login come first: objects of the group may depend on them. */
async function tenantsEntries({ from, group, appRole, signal }: Copying, archive: SchemaArchive) {
  return withTenantDatabase(from, signal, async (client) => {
    const found = [];
    for (const role of [appRole, group])
      found.push({ role, entries: entriesOf(archive, { role, casts: await castsOf(client, role) }) });
    return found;
  });
}

/**
 * Grants the privileges that the tenant's objects depend on, and the right to create them in their schemas
 * for as long as the copy takes.
 */
async function letTenantIn({ from, to, group, appRole, roles, signal }: Copying): Promise<void> {
  await addGrants(from, to, roles, signal);
  const schemas = await withTenantDatabase(from, signal, (client) => schemasOf(client, [group, appRole]));
  await withTenantDatabase(to, signal, (client) =>
    inTurn(client, async () => {
      for (const schema of schemas)
        await client.query(
          `grant usage, create on schema ${pg.escapeIdentifier(schema)} to ${pg.escapeIdentifier(group)}, ${pg.escapeIdentifier(appRole)}`,
        );
    }),
  );
}

async function schemasOf(client: pg.Client, owners: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ schema: string }>(
    `select distinct n.nspname as schema from pg_catalog.pg_namespace n, (
       select relnamespace as at, relowner as owner from pg_catalog.pg_class
       union all select pronamespace, proowner from pg_catalog.pg_proc
       union all select typnamespace, typowner from pg_catalog.pg_type
       union all select oprnamespace, oprowner from pg_catalog.pg_operator) o
     where n.oid = o.at and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'
       and pg_catalog.pg_get_userbyid(o.owner) = any($1)`,
    [owners],
  );
  return rows.map(({ schema }) => schema);
}

/** Objects of any other role would be created by the owner, and their code would run as the owner. */
async function refuseOthers({ from, group, appRole, signal }: Copying): Promise<void> {
  const others = await withTenantDatabase(from, signal, async (client) => {
    const { rows } = await client.query<{ what: string }>(
      `select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) || ' of ' || r.rolname as what
       from pg_catalog.pg_shdepend d join pg_catalog.pg_roles r on r.oid = d.refobjid
       where d.deptype = 'o' and not r.rolsuper and r.rolname <> all($1) and r.rolname <> current_user
         and d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
         and d.dbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
       order by 1 limit 3`,
      [[group, appRole, 'pg_database_owner']],
    );
    return rows.map(({ what }) => what);
  });
  if (others.length === 0) return;
  throw failure(
    'RequestUnfit',
    `a move carries what belongs to the owner and to the tenant's role, and not ${others.join(', ')}: give it to one of them, or drop it`,
  );
}

/** Leaves only the tenant's group and its login, with the password that the login has elsewhere. */
async function empty({ catalog, fleet }: Dependencies, { tenant, projectId }: CopyInput, to: string) {
  const { appRole: role, databaseName } = await knownTenant(catalog, tenant);
  const password = decodeURIComponent(new URL(await appIn(catalog, tenant, projectId)).password);
  const group = appGroupName(tenant.id);
  const login = { role, group, password, appRole: { ...fleet.appRole, ownSchema: undefined } };
  const [quoted, database] = [pg.escapeIdentifier(group), pg.escapeIdentifier(databaseName)];
  await withTenantDatabase(to, cancellationSignal(), async (client) => {
    await endOthers(client, role);
    await giveLogin(client, login);
    await inTurn(client, async () => {
      // Only a member may give the group something, or drop its objects; the owner is a member until the
      // comparison is done.
      await client.query(`grant ${quoted}, ${pg.escapeIdentifier(role)} to current_user`);
      await client.query(`drop owned by ${pg.escapeIdentifier(role)}, ${quoted}, current_user cascade`);
    });
    // `drop owned` also removed their privileges and memberships.
    await giveLogin(client, login);
    await inTurn(client, async () => {
      // Of the two alternating logins one is closed; its privileges are copied as well.
      await client.query(createRoleUnlessThere(nextAppRoleName(tenant.id, role)));
      await client.query(`grant ${quoted}, ${pg.escapeIdentifier(role)} to current_user`);
      await client.query(`revoke connect, temporary on database ${database} from public`);
      // The copy brings its own turn table.
      await dropTurn(client);
    });
  });
}

/** Programs of an attempt whose worker died may still be running there. */
async function endOthers(client: pg.Client, appRole: string): Promise<void> {
  await client.query(
    `select pg_catalog.pg_terminate_backend(pid, 5000) from pg_catalog.pg_stat_activity
     where (usename = current_user or usename = $1) and datname = pg_catalog.current_database()
       and pid <> pg_catalog.pg_backend_pid()`,
    [appRole],
  );
}
