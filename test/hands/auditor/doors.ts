import { randomUUID } from 'node:crypto';
import { ownerRoleName } from '../../../tenancy/naming.js';
import { withClient } from '../../support/sql.js';
import { tenantIdOf } from '../../tenancy/tenant-id-of.js';
import { liveProject, type Rule, type Scene } from './scene.js';

/** Why somebody does not get in; nothing where he does. */
async function refusalOf(connection: string): Promise<string | undefined> {
  try {
    await withClient(connection, (client) => client.query('select 1'));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The published login gets in, and what it writes is in the tenant's project: its owner reads it there. */
export const thePublishedLoginWrites: Rule = async (scene) => {
  const { t, id, console } = scene;
  const project = liveProject(scene);
  const mark = randomUUID();
  try {
    const published = await t.tenantry.connectionString(id);
    await withClient(published, (client) => client.query('insert into notes values ($1)', [mark]));
  } catch (error) {
    return [`its published login does not write: ${(error as Error).message}`];
  }
  if (project === undefined) return [];
  try {
    const owner = await console.ownerConnection(project);
    const { rowCount } = await withClient(owner, (client) =>
      client.query('select from notes where text = $1', [mark]),
    );
    return rowCount === 1 ? [] : [`what its published login writes is not in project ${project.id}`];
  } catch (error) {
    return [`its owner does not get in: ${(error as Error).message}`];
  }
};

/** Whoever was given a connection string once, and not the one that is published now, is shut out. */
export const noEarlierLoginGetsIn: Rule = async (scene) => {
  const { t, id, witness, said } = scene;
  const now =
    said.state === 'ready' ? await t.tenantry.connectionString(id).catch(() => undefined) : undefined;
  const found: string[] = [];
  for (const connection of witness.published) {
    if (connection === now || (await refusalOf(connection)) !== undefined) continue;
    const { username, host } = new URL(connection);
    found.push(`the login "${username}" at ${host}, which was published before, still gets in`);
  }
  return found;
};

/** Asks Postgres who could come in, whatever password he may have. */
export const nobodyElseCanLogIn: Rule = async (scene) => {
  const { t, id, said, console } = scene;
  const project = liveProject(scene);
  if (project === undefined) return [];
  try {
    const published = await t.tenantry.connectionString(id);
    const known = [ownerRoleName, decodeURIComponent(new URL(published).username), ...t.fleet.logins];
    const { rows } = await withClient(await console.ownerConnection(project), (client) =>
      client.query<{ role: string }>(
        `select rolname as role from pg_roles
         where rolcanlogin and not rolsuper and rolname <> all($1)
           and has_database_privilege(oid, current_database(), 'connect')`,
        [known],
      ),
    );
    return rows
      .filter(({ role }) => said.attention?.includes(`"${role}"`) !== true)
      .map(({ role }) => `the role "${role}" can log in, and nobody knows it`);
  } catch {
    // That the published login or the owner does not get in, another rule says.
    return [];
  }
};

/** What Tenantry is to work with tomorrow. */
export const theOwnersCredentialIsAlive: Rule = async ({ t, id }) => {
  const kept = await t.catalog.secrets.open({ fleet: t.fleet.name, id: tenantIdOf(id) }, 'owner');
  if (kept === undefined) return ["the owner's credential is not kept"];
  const refusal = await refusalOf(kept);
  return refusal === undefined ? [] : [`the owner's credential that is kept is refused: ${refusal}`];
};

/** Not by a login that was closed, which its owner can open again: the quota keeps him out as well. */
export const theOwnerIsShutOut: Rule = async (scene: Scene) => {
  const project = liveProject(scene);
  // Without a compute nobody gets in.
  if (project === undefined || project.endpoints.length === 0) return [];
  const refusal = await refusalOf(await scene.console.ownerConnection(project));
  return refusal === undefined ? ['its owner gets in'] : [];
};
