import { cancellationSignal } from '@temporalio/activity';
import { ownerRoleName } from '../../tenancy/naming.js';
import { noTenant } from '../../tenancy/tenant-id.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownSecret } from '../known-secret.js';
import { type PoolProjectInput, poolRunOf } from '../pool-input.js';
import { part } from '../step-parts.js';
import { type Timed, timingsOf } from '../tenant-input.js';
import { schemaMarksOf } from '../wanted-pools.js';
import { migrateNew } from './migrate-database.js';
import { newcomersMigrations } from './newcomers-migrations.js';
import { loginsOf } from './sql/logins.js';
import { withTenantDatabase } from './tenant-database.js';

/**
 * Logs in to a project of the pool as its owner, and applies the migrations that a new tenant gets. Returns the digest
 * of those.
 */
export function preparePoolProject({ catalog, fleet }: Dependencies) {
  return (
    input: PoolProjectInput &
      Timed<'databaseDeadline' | 'migrationsDeadline'> & { readonly projectId: string },
  ): Promise<string> => {
    const { tenant, name, projectId } = input;
    const { databaseDeadline, migrationsDeadline } = timingsOf(input);
    const prepare = async () => {
      await catalog.pool.held(poolRunOf(input), name);
      const migrations = await newcomersMigrations({ catalog, fleet });
      const owner = await knownSecret(catalog, { fleet: tenant.fleet, id: noTenant }, `project:${projectId}`);
      await part('reach database', databaseDeadline, () =>
        withTenantDatabase(owner, cancellationSignal(), (client) => client.query('select 1')),
      );
      if (migrations.length > 0)
        await part('migrate', migrationsDeadline, () =>
          migrateNew(owner, { tenant }, migrations, fleet.timings),
        );
      // Migrations can make some. From here on nobody has a reason to make another.
      const logins = await withTenantDatabase(owner, cancellationSignal(), loginsOf);
      await catalog.pool.noteLogins(
        poolRunOf(input),
        name,
        logins.filter((role) => role !== ownerRoleName),
      );
      const marks = schemaMarksOf(migrations);
      return marks.at(-1) ?? marks[0];
    };
    return heartbeatWhile(prepare());
  };
}
