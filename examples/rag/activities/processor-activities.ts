import { keptModels, liveModel, startModel } from '../documents/models.js';
import type { VersionKey } from '../documents/version.js';
import type { Dependencies } from './dependencies.js';
import { embedNextOfModel, embedNextOfVersion } from './embed-texts.js';
import { withHeartbeat } from './heartbeat.js';
import { readVersion } from './read-version.js';
import { inWorkspace } from './workspace.js';

export type ProcessorActivities = ReturnType<typeof processorActivities>;

/** What takes the processor: on a queue of its own, so much of it at once as there are cores, and tenants take turns. */
export function processorActivities(dependencies: Dependencies) {
  const { embedders, limits } = dependencies;
  return {
    /** Returns whether there are passages to be embedded. */
    readVersion: ({ tenantId, ...version }: { tenantId: string } & VersionKey): Promise<boolean> =>
      withHeartbeat(() =>
        inWorkspace(dependencies, tenantId, async (pool) => {
          if ((await liveModel(pool)) === undefined) {
            await dependencies.requireSettled(tenantId);
            await startModel(pool, embedders.newest);
          }
          return readVersion(pool, version, embedders.newest, await limits(tenantId));
        }),
      ),

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
