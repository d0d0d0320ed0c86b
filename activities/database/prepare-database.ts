import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { part } from '../step-parts.js';
import { type ProjectStep, type Timed, timingsOf } from '../tenant-step.js';
import { createAppRole } from './create-app-role.js';
import { migrateDatabase } from './migrate-database.js';
import { probeDatabase } from './probe-database.js';
import { verifyAppRole } from './verify-app-role.js';
import { noteLogins } from './verify-logins.js';

/**
 * All that a new database needs before it is handed out, in one step: each would be cheap by itself, and costs a line of the
 * tenant's bill with Temporal. Returns the name of the newest migration applied; none when the fleet has none.
 */
export function prepareDatabase(dependencies: Dependencies) {
  const reach = probeDatabase(dependencies);
  const migrate = migrateDatabase(dependencies);
  const createRole = createAppRole(dependencies);
  const verifyRole = verifyAppRole(dependencies);
  const note = noteLogins(dependencies);
  return (
    step: ProjectStep & Timed<'databaseDeadline' | 'migrationsDeadline'>,
  ): Promise<string | undefined> => {
    const { databaseDeadline, migrationsDeadline } = timingsOf(step);
    const prepare = async () => {
      await part('reach database', databaseDeadline, () => reach(step));
      const newest = await part('migrate', migrationsDeadline, () => migrate(step));
      await part('create role', databaseDeadline, () => createRole(step));
      await part('verify role', databaseDeadline, () => verifyRole(step));
      await part('note logins', databaseDeadline, () => note(step));
      return newest;
    };
    return heartbeatWhile(prepare());
  };
}
