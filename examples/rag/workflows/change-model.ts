import {
  ActivityFailure,
  ApplicationFailure,
  continueAsNew,
  defineQuery,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ModelProgress } from '../documents/models.js';
import { modelSteps, unlessGone } from './activities.js';
import { passageRefused } from './names.js';

/** A workspace's change, and how many of its texts have a vector of the new model. */
export interface ModelChangeProgress extends ModelProgress {
  readonly tenantId: string;
}

export const modelProgress = defineQuery<ModelChangeProgress>('progress');

/** A search that asked the former model a moment ago still reads its vectors. */
const searchesEnd = '10 seconds';

export interface ModelChangeInput {
  readonly tenant: { readonly id: string };
  /** For how long each step is tried where nobody can work in the workspace, in milliseconds; waiting for a worker is not counted. @default one hour */
  readonly patienceMs?: number;
}

/**
 * Makes vectors of the newest model beside those that search reads, and then has search read the new ones. It is one workspace's part
 * of a rollout, which gives it the tenant. A workspace that nobody can work in for long, or with a passage that the model does not take, is skipped, and keeps its model.
 */
export async function changeModel(input: ModelChangeInput): Promise<void> {
  const { tenant, patienceMs = 3_600_000 } = input;
  const tenantId = tenant.id;
  let progress: ModelProgress = { done: 0, of: 0 };
  setHandler(modelProgress, () => ({ tenantId, ...progress }));
  const steps = modelSteps(patienceMs);

  await unlessAway(() =>
    unlessGone(async () => {
      const modelId = await steps.startModel({ tenantId });
      if (modelId !== null) {
        const model = { tenantId, modelId };
        do {
          progress = await steps.modelProgress(model);
          while (await steps.embedNextOfModel(model)) {
            progress = await steps.modelProgress(model);
            if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof changeModel>(input);
          }
          await steps.ensureIndex({ tenantId });
        } while (!(await steps.switchModel(model)));
        progress = await steps.modelProgress(model);
        await sleep(searchesEnd);
      }
      await steps.dropLeavingModels({ tenantId });
    }),
  );
}

/** A rollout skips a tenant whose workflow fails of that type; it counts no failure. */
const skip = 'TenantStateConflict';

/** Nor is a workspace to blame whose passages the model does not take. */
async function unlessAway(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    const said = cause instanceof ApplicationFailure ? cause : undefined;
    if (said?.type === passageRefused) throw ApplicationFailure.nonRetryable(said.message, skip);
    if (error.retryState !== 'MAXIMUM_ATTEMPTS_REACHED') throw error;
    const why = said === undefined ? '' : `: ${said.message}`;
    throw ApplicationFailure.nonRetryable(`nobody could work in the workspace for too long${why}`, skip);
  }
}
