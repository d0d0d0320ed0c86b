import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { part } from '../step-parts.js';
import { type ProjectInput, type Timed, timingsOf } from '../tenant-input.js';
import { createAppRole } from './create-app-role.js';
import { migrateDatabase } from './migrate-database.js';
import { probeDatabase } from './probe-database.js';
import { verifyAppRole } from './verify-app-role.js';
import { noteLogins, verifyPooledLogins } from './verify-logins.js';

/**
 * Does everything that a new database needs before it is published, in one step: each part is cheap, but as a
 * step of its own it would add to the tenant's Temporal bill. Returns the name of the newest applied
 * migration; nothing if the fleet has none.
 */
export function prepareDatabase(dependencies: Dependencies) {
  const reach = probeDatabase(dependencies);
  const verifyPooled = verifyPooledLogins(dependencies);
  const migrate = migrateDatabase(dependencies);
  const createRole = createAppRole(dependencies);
  const verifyRole = verifyAppRole(dependencies);
  const note = noteLogins(dependencies);
  return (
    input: ProjectInput & Timed<'databaseDeadline' | 'migrationsDeadline'>,
  ): Promise<string | undefined> => {
    const { databaseDeadline, migrationsDeadline } = timingsOf(input);
    const prepare = async () => {
      await part('reach database', databaseDeadline, async () => {
        if (!(await verifyPooled(input))) await reach(input);
      });
      const newest = await part('migrate', migrationsDeadline, () => migrate(input));
      await part('create role', databaseDeadline, () => createRole(input));
      await part('verify role', databaseDeadline, () => verifyRole(input));
      await part('note logins', databaseDeadline, () => note(input));
      return newest;
    };
    return heartbeatWhile(prepare());
  };
}
