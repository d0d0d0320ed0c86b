import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { differences, fingerprintOf, refuseDifferences } from '../../activities/database/fingerprint.js';
import { type GrantRoles, matchGrants } from '../../activities/database/grants-of.js';
import { giveLogin } from '../../activities/database/sql/give-login.js';
import { endConnections } from '../../activities/database/sql/shut-logins.js';
import { dropTurn, inTurn } from '../../activities/database/sql/turn.js';
import { withTenantDatabase } from '../../activities/database/tenant-database.js';
import { loginAt } from '../../catalog/login-at.js';
import type { Tenant } from '../../client/index.js';
import { removeWhenGone } from '../../postgres/index.js';
import { appGroupName, appReaderName } from '../../tenancy/naming.js';
import { withClient } from '../../test/support/sql.js';
import { processorSeconds } from '../processor-seconds.js';
import type { Measured } from './measured.js';
import type { NeonCalls } from './neon-calls.js';
import {
  carrySequences,
  caughtUp,
  copied,
  endReplication,
  publish,
  subscribe,
  whilePaused,
} from './replication.js';
import { schemaCopy } from './schema-copy.js';
import { steadyWriter } from './steady-writer.js';

export interface Moving {
  readonly tenant: Tenant;
  /** Connection strings of the database that is left. */
  readonly owner: string;
  readonly app: string;
  readonly neon: NeonCalls;
  /** The folder of `pg_dump` and `pg_restore`. */
  readonly binDir: string;
}

const never = new AbortController().signal;

/** The same by publication and subscription, as the product would have to do it; what it asks of the catalog is left out. */
export async function byReplication({ tenant, owner, app, neon, binDir }: Moving): Promise<Measured> {
  const folder = mkdtempSync(path.join(tmpdir(), 'by-replication-'));
  const removal = removeWhenGone(folder);
  let pool = openPool(app);
  const writer = steadyWriter(1_000_001, async () => pool);
  try {
    await writer.hasWritten();
    const began = performance.now();
    const [next] = await Promise.all([
      neon.createProject(),
      tenant.projectId === undefined ? undefined : neon.enableLogicalReplication(tenant.projectId),
    ]);
    // Not before: what processes that a restart kills have used is nobody's any more.
    const used = processorSeconds();
    const measured = await withClient(owner, (from) =>
      withClient(next.owner, async (to) => {
        const roles = { group: appGroupName(tenant.id), except: [appReaderName(tenant.id)] };
        await makeRoles(next.owner, tenant, new URL(app).password);
        const schema = await schemaCopy(binDir, owner, next.owner, folder);
        await schema.makeTables();
        await schema.makeKeys();
        await publish(from);
        await subscribe(to, owner);
        await copied(to);
        await whilePaused(to, () => schema.makeRest());
        await matchGrants(owner, next.owner, roles, never);
        await to.query('analyze');
        await caughtUp(from);

        const closing = performance.now();
        await shut(owner, tenant);
        await caughtUp(from);
        await carrySequences(from, to);
        await endReplication(from, to);
        const comparing = performance.now();
        await compare(owner, next.owner, roles);
        const compared = (performance.now() - comparing) / 1000;
        const former = pool;
        pool = openPool(loginAt(next.owner, app));
        await former.end();
        await writer.hasWritten();
        return {
          whole: (performance.now() - began) / 1000,
          gap: writer.longestPause(closing) / 1000,
          compared,
          before: writer.longestPause(began, closing) / 1000,
          processor: processorSeconds() - used,
        };
      }),
    );
    await writer.stop();
    const lost = await withClient(loginAt(next.owner, app), writer.lostIn);
    await pool.end();
    await neon.deleteProject(next.id);
    return { ...measured, lost };
  } finally {
    await writer.stop();
    rmSync(folder, { recursive: true, force: true });
    removal.cancel();
  }
}

function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 1 });
  pool.on('error', () => {});
  return pool;
}

/** The tenant's roles, and nothing else: the schema brings the rest. */
async function makeRoles(owner: string, { id, appRole }: Tenant, password: string): Promise<void> {
  const login = {
    role: appRole,
    group: appGroupName(id),
    password: decodeURIComponent(password),
    appRole: { ownSchema: undefined },
  };
  await withTenantDatabase(owner, never, async (client) => {
    await giveLogin(client, login);
    await inTurn(client, () => dropTurn(client));
  });
}

/** As a move begins to close writes: the login leaves the group that it connects by, and its connections end. */
async function shut(owner: string, { id, appRole }: Tenant): Promise<void> {
  const [group, role] = [appGroupName(id), appRole].map(pg.escapeIdentifier);
  await withTenantDatabase(owner, never, async (client) => {
    await client.query(`revoke ${group} from ${role}`);
    await endConnections(client, [appRole]);
  });
}

/** As a move compares. Throws `CopyDiffers`. */
async function compare(from: string, to: string, roles: GrantRoles): Promise<void> {
  const look = (database: string) =>
    withTenantDatabase(database, never, (client) => fingerprintOf(client, roles));
  const [one, other] = await Promise.all([look(from), look(to)]);
  refuseDifferences(differences(one, other));
}
