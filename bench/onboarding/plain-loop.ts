import { beginOnboarding } from '../../activities/catalog/begin-onboarding.js';
import { succeedOperation } from '../../activities/catalog/end-operation.js';
import { prepareDatabase } from '../../activities/database/prepare-database.js';
import type { Dependencies } from '../../activities/dependencies.js';
import { createProject } from '../../activities/neon/create-project.js';
import { ownTimings } from '../../tenancy/default-timings.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { alone, newLoopRun } from './activity-alone.js';
import type { StubbedSteps } from './stub.js';

/**
 * An onboarding as a plain program has it: the same activities one after the other, in this process, with the same pauses before an
 * attempt is repeated. A crash leaves whatever was made.
 * @param steps What stands for Neon and Postgres. @default themselves
 */
export function plainLoop(
  dependencies: Dependencies,
  plan: string,
  steps?: StubbedSteps,
): (id: string) => Promise<void> {
  const begin = beginOnboarding(dependencies);
  const create = steps?.createProject ?? createProject(dependencies);
  const prepare = steps?.prepareDatabase ?? prepareDatabase(dependencies);
  const succeed = succeedOperation(dependencies);
  const { fleet } = dependencies;
  const timings = ownTimings(fleet.timings);
  return async (id) => {
    const run = newLoopRun();
    const tenant = { fleet: fleet.name, id: id as TenantId };
    await alone(run, 'beginOnboarding', () => begin({ tenant, plan }));
    const { projectId } = await alone(run, 'createProject', () => create({ tenant, role: 'live', timings }));
    const schemaVersion = await alone(run, 'prepareDatabase', () => prepare({ tenant, projectId, timings }));
    await alone(run, 'succeedOperation', () =>
      succeed({
        tenant,
        operation: 'onboard',
        takenBack: false,
        change: { schemaVersion: schemaVersion ?? null, restricted: true },
        detail: {},
      }),
    );
  };
}
