import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { CodeActivities, NeonActivities } from '../../activities/activities.js';
import { type TenantInput, writerOf } from '../../activities/tenant-input.js';
import type { Catalog } from '../../catalog/catalog.js';
import { projectName } from '../../tenancy/naming.js';

export type StubbedSteps = Pick<NeonActivities, 'createProject'> & Pick<CodeActivities, 'prepareDatabase'>;

/**
 * Stands for Neon and for the tenants' Postgres at once, and answers at once: what is left is our own machinery. The catalog is told
 * what it would be told.
 */
export function stubbedSteps({
  projects,
  secrets,
  installation,
}: Pick<Catalog, 'projects' | 'secrets' | 'installation'>): StubbedSteps {
  const address = ({ tenant }: TenantInput) => `postgresql://${tenant.id}:none@${tenant.id}.invalid/app`;
  return {
    async createProject(input) {
      const { tenant, role } = input;
      const writer = writerOf(input);
      const name = projectName(tenant.fleet, tenant.id, await installation());
      const projectId = `stub-${tenant.id}`;
      await projects.intend(writer, name, role);
      await projects.recordCreated(writer, name, projectId, address(input));
      return { projectId, name, ownerKnown: true, createdAgain: false };
    },
    async prepareDatabase(input) {
      await secrets.put(writerOf(input), 'app', address(input));
      return '0001_notes';
    },
  };
}

/** Has a worker take the stub in place of the two activities. */
export function stubbing(steps: StubbedSteps): ActivityInboundCallsInterceptor {
  const byName: Readonly<Record<string, unknown>> = steps;
  return {
    async execute(input, next) {
      const stub = byName[activityInfo().activityType];
      return typeof stub === 'function' ? stub(input.args[0]) : next(input);
    },
  };
}
