import { continueAsNew, defineQuery, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { ModelProgress } from '../documents/models.js';
import { embedding, ensureIndex, models, unlessGone } from './activities.js';

/** How many of a workspace's texts have a vector of the new model. */
export const modelProgress = defineQuery<ModelProgress>('progress');

/** A search that asked the former model a moment ago still reads its vectors. */
const searchesEnd = '10 seconds';

/** Makes vectors of the newest model beside those that search reads, and then has search read the new ones. */
export async function changeModel({ tenantId }: { readonly tenantId: string }): Promise<void> {
  let progress: ModelProgress = { done: 0, of: 0 };
  setHandler(modelProgress, () => progress);
  const { embedNextOfModel } = embedding();

  await unlessGone(async () => {
    const modelId = await models.startModel({ tenantId });
    if (modelId !== null) {
      const model = { tenantId, modelId };
      do {
        progress = await models.modelProgress(model);
        while (await embedNextOfModel(model)) {
          progress = await models.modelProgress(model);
          if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof changeModel>({ tenantId });
        }
        await ensureIndex({ tenantId });
      } while (!(await models.switchModel(model)));
      progress = await models.modelProgress(model);
      await sleep(searchesEnd);
    }
    await models.dropLeavingModels({ tenantId });
  });
}
