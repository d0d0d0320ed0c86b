import { keptModels } from '../documents/models.js';
import type { VersionKey } from '../documents/version.js';
import type { Dependencies } from './dependencies.js';
import { embedNextOfModel, embedNextOfVersion } from './embed-texts.js';
import { withHeartbeat } from './heartbeat.js';
import { inWorkspace } from './workspace.js';

export type EmbeddingActivities = ReturnType<typeof embeddingActivities>;

/** What takes the processor, or the patience of an endpoint: on a queue of its own, in which tenants take turns. */
export function embeddingActivities(dependencies: Dependencies) {
  const { embedders } = dependencies;
  return {
    /** Returns whether anything was left to be embedded. */
    embedNextOfVersion: ({ tenantId, ...version }: { tenantId: string } & VersionKey): Promise<boolean> =>
      withHeartbeat(() =>
        inWorkspace(dependencies, tenantId, (pool) => embedNextOfVersion(pool, version, embedders)),
      ),

    /** Returns whether anything was left to be embedded. */
    embedNextOfModel: ({ tenantId, modelId }: { tenantId: string; modelId: number }): Promise<boolean> =>
      withHeartbeat(() =>
        inWorkspace(dependencies, tenantId, async (pool) => {
          const model = (await keptModels(pool)).find(
            ({ id, state }) => id === modelId && state === 'filling',
          );
          return model !== undefined && embedNextOfModel(pool, model, embedders);
        }),
      ),
  };
}
