import { attemptNotes } from '../../../activities/attempt-notes.js';
import { beginOnboarding } from '../../../activities/catalog/begin-onboarding.js';
import { succeedOperation } from '../../../activities/catalog/end-operation.js';
import { prepareDatabase } from '../../../activities/database/prepare-database.js';
import type { Dependencies } from '../../../activities/dependencies.js';
import { awaitOperations } from '../../../activities/neon/await-operations.js';
import { createProject } from '../../../activities/neon/create-project.js';
import { isFailure } from '../../../tenancy/failures.js';
import type { TenantId } from '../../../tenancy/tenant-id.js';
import type { StubbedSteps } from '../stub.js';
import type { TextbookInput } from './input.js';

export type TextbookActivities = ReturnType<typeof textbookActivities>;

type InProject = TextbookInput & { readonly projectId: string };

/** Ours, cut the way a textbook cuts them: what waits for Neon is a start and looks. */
export function textbookActivities(dependencies: Dependencies, steps?: StubbedSteps) {
  const begin = beginOnboarding(dependencies);
  const create = steps?.createProject ?? createProject(dependencies);
  const look = awaitOperations(dependencies);
  const prepare = steps?.prepareDatabase ?? prepareDatabase(dependencies);
  const succeed = succeedOperation(dependencies);
  const of = ({ tenant }: TextbookInput) => ({
    tenant: { fleet: tenant.fleet, id: tenant.id as TenantId },
    timings: {},
  });
  return {
    async begin(input: TextbookInput): Promise<void> {
      await begin({ ...of(input), plan: input.plan });
    },
    async startProject(input: TextbookInput): Promise<string> {
      try {
        return (await create({ ...of(input), role: 'live' })).projectId;
      } catch (error) {
        const { created } = attemptNotes() as { readonly created?: { readonly projectId: string } };
        if (created === undefined || !isFailure(error, 'NeonOperationPending')) throw error;
        return created.projectId;
      }
    },
    async isReady(input: InProject): Promise<boolean> {
      if (steps !== undefined) return true;
      try {
        await look({ ...of(input), projectId: input.projectId, operationIds: [] });
        return true;
      } catch (error) {
        if (isFailure(error, 'NeonOperationPending')) return false;
        throw error;
      }
    },
    prepare: (input: InProject): Promise<string | undefined> =>
      prepare({ ...of(input), projectId: input.projectId }),
    async succeed(input: TextbookInput & { readonly schemaVersion: string | undefined }): Promise<void> {
      await succeed({
        ...of(input),
        operation: 'onboard',
        takenBack: false,
        change: { schemaVersion: input.schemaVersion ?? null, restricted: true },
        detail: {},
      });
    },
  };
}
