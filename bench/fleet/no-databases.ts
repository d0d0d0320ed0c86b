import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { CodeActivities, DatabaseActivities } from '../../activities/activities.js';
import { type TenantInput, writerOf } from '../../activities/tenant-input.js';
import type { Catalog } from '../../catalog/catalog.js';

type Stubbed = Pick<CodeActivities, 'applyMigrations'> & Pick<DatabaseActivities, 'verifyAppRole'>;

/** About as long as a small migration takes in a database that is near, in milliseconds. */
const workMs = 5;

/**
 * Stands in for the tenants' databases, of which there are none: the two activities of a migration that log in to one. The
 * catalog is told what it would be told.
 */
export function noDatabases({ tenants }: Pick<Catalog, 'tenants'>): ActivityInboundCallsInterceptor {
  const stubs: Stubbed = {
    async applyMigrations(input) {
      const { to = '' } = input;
      await sleep(workMs);
      await tenants.noteSchema(writerOf(input), to);
      return { applied: [to], newest: to };
    },
    verifyAppRole: () => sleep(workMs),
  };
  const byName: Readonly<Record<string, (input: TenantInput) => Promise<unknown>>> = { ...stubs };
  return {
    async execute(input, next) {
      const stub = byName[activityInfo().activityType];
      return stub === undefined ? next(input) : stub(input.args[0] as TenantInput);
    },
  };
}
