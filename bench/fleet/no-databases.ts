import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { CodeActivities, DatabaseActivities } from '../../activities/activities.js';
import { reconcileOf } from '../../activities/neon/look-for-inventory.js';
import { writerOf } from '../../activities/tenant-input.js';
import type { Catalog } from '../../catalog/catalog.js';

type Stubbed = Pick<CodeActivities, 'applyMigrations'> &
  Pick<DatabaseActivities, 'verifyAppRole' | 'lookIntoDatabase'>;

/** About as long as a small migration takes in a database that is near, in milliseconds. */
const workMs = 5;

/**
 * Stands in for the tenants' databases, of which there are none: the two activities of a migration that log in to one, and the
 * look of a reconcile into one. The catalog is told what it would be told.
 */
export function noDatabases({
  tenants,
  inventories,
}: Pick<Catalog, 'tenants' | 'inventories'>): ActivityInboundCallsInterceptor {
  const stubs: Stubbed = {
    async applyMigrations(input) {
      const { to = '' } = input;
      await sleep(workMs);
      await tenants.noteSchema(writerOf(input), to);
      return { applied: [to], newest: to };
    },
    verifyAppRole: () => sleep(workMs),
    async lookIntoDatabase({ tenant, look }) {
      await sleep(workMs);
      const { schemaVersion } = (await tenants.get(tenant)) ?? {};
      const whole = { ...look, database: { logins: [], ...(schemaVersion && { schemaVersion }) } };
      await inventories.addLook(reconcileOf(tenant), tenant, whole);
      return whole;
    },
  };
  const byName: Readonly<Record<string, unknown>> = stubs;
  return {
    async execute(input, next) {
      const stub = byName[activityInfo().activityType];
      return typeof stub === 'function' ? stub(input.args[0]) : next(input);
    },
  };
}
