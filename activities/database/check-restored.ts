import { cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import { connectionUri } from '../../neon/connection-uri.js';
import { mostOf, type RestoredContents } from '../../tenancy/drill-evidence.js';
import { inOrder } from '../../tenancy/migration-files.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { SnapshotToProve } from '../catalog/drills.js';
import type { Dependencies } from '../dependencies.js';
import { readMigrations } from '../fleet-migrations.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownTenant } from '../known-tenant.js';
import { isPassingForMigration, told } from '../postgres-failure.js';
import type { ProjectInput } from '../tenant-input.js';
import { broken, readEveryRow, seeNewest } from './read-restored.js';
import { newestMigration } from './sql/ledger.js';
import { readPlainly } from './sql/plain-reading.js';
import { withTenantDatabase } from './tenant-database.js';

export interface RestoredInput extends ProjectInput {
  readonly branchId: string;
  readonly snapshot: SnapshotToProve;
}

/**
 * Inspects a restored database without changing it: it must be the tenant's, its ledger must match the
 * tenant's at the time, every row of every table must be readable, the newest rows must be recent enough, and
 * the fleet's own check must pass. Throws `SnapshotBroken`.
 */
export function checkRestored({ neon, catalog, fleet }: Dependencies) {
  return async ({ tenant, projectId, branchId, snapshot }: RestoredInput): Promise<RestoredContents> => {
    const { databaseName: database, ownerRole: role, plan } = await knownTenant(catalog, tenant);
    const signal = cancellationSignal();
    const uri = await connectionUri(neon, { projectId, branchId, database, role }, signal);
    const look = withTenantDatabase(uri, signal, async (client) => {
      // It also covers a check that ends this transaction and begins another.
      await client.query('set default_transaction_read_only = on');
      await client.query('begin isolation level repeatable read read only');
      await client.query('savepoint before_reading');
      await readPlainly(client);
      await seeThatItIsOf(client, appGroupName(tenant.id));
      const { schemaVersion, isBehind } = await seeLedger(client, snapshot.schemaVersion, fleet.migrations);
      const read = await readEveryRow(client);
      const takenAt = new Date(snapshot.takenAt);
      const newest = await seeNewest(client, fleet.drills?.newest ?? [], { takenAt, isBehind });
      // The check may use views and indexes.
      await client.query('rollback to savepoint before_reading');
      await fleet.drills
        ?.check?.(
          { ...tenant, plan, signal },
          { name: snapshot.name, takenAt },
          { query: (text, values) => client.query(text, values === undefined ? undefined : [...values]) },
        )
        .catch((error: unknown) => {
          if (signal.aborted) throw signal.reason;
          // A lost connection proves nothing about the data.
          if (isPassingForMigration(error)) throw error;
          throw broken(`the fleet's check: ${told(error)}`);
        });
      return { ...mostOf(read), newest, ...(schemaVersion === undefined ? {} : { schemaVersion }) };
    });
    return heartbeatWhile(look);
  };
}

async function seeThatItIsOf(client: pg.Client, group: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [group]);
  if (rowCount === 0) throw broken(`it has no role "${group}", which each database of this tenant has`);
}

/**
 * The ledger must end where the tenant's did. The fleet's folder is no measure of a snapshot: a later change
 * of a file there says nothing about the restored data.
 */
async function seeLedger(
  client: pg.Client,
  expected: string | undefined,
  folder: string | undefined,
): Promise<{ readonly schemaVersion: string | undefined; readonly isBehind: boolean }> {
  const newest = await newestMigration(client);
  if (expected !== undefined && newest !== expected)
    throw broken(
      `its ledger ends with ${newest ?? 'nothing'}, and the tenant had ${expected} when it was taken`,
    );
  const files = folder === undefined ? [] : await readMigrations(folder);
  const newestFile = inOrder(files.map(({ name }) => name)).at(-1);
  return { schemaVersion: newest, isBehind: newestFile !== newest };
}
