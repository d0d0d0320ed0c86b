import {
  dropLeavingModels,
  keptModels,
  type ModelProgress,
  modelProgress,
  startModel,
  switchModel,
} from '../documents/models.js';
import type { Dependencies } from './dependencies.js';
import { inSettledWorkspace, inWorkspace } from './workspace.js';

export interface ModelKey {
  readonly tenantId: string;
  readonly modelId: number;
}

export type ModelActivities = ReturnType<typeof modelActivities>;

/** The steps of a change of model, and whose they are. */
export function modelActivities(dependencies: Dependencies) {
  const { embedders } = dependencies;
  return {
    /** Returns which model is to be filled; nothing where search asks the newest one already. */
    startModel: ({ tenantId }: { tenantId: string }): Promise<number | null> =>
      inSettledWorkspace(dependencies, tenantId, async (pool) => {
        const { id, state } = await startModel(pool, embedders.newest);
        return state === 'filling' ? id : null;
      }),

    modelProgress: ({ tenantId, modelId }: ModelKey): Promise<ModelProgress> =>
      inWorkspace(dependencies, tenantId, async (pool) => {
        const model = (await keptModels(pool)).find(({ id }) => id === modelId);
        return model === undefined ? { done: 0, of: 0 } : modelProgress(pool, model);
      }),

    switchModel: ({ tenantId, modelId }: ModelKey): Promise<boolean> =>
      inWorkspace(dependencies, tenantId, (pool) => switchModel(pool, modelId)),

    dropLeavingModels: ({ tenantId }: { tenantId: string }): Promise<void> =>
      inSettledWorkspace(dependencies, tenantId, dropLeavingModels),
  };
}
