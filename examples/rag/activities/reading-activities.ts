import { liveModel, startModel } from '../documents/models.js';
import type { VersionKey } from '../documents/version.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeat } from './heartbeat.js';
import { readVersion } from './read-version.js';
import { inWorkspace } from './workspace.js';

export type ReadingActivities = ReturnType<typeof readingActivities>;

/** Each takes the processor for a moment. On a queue of its own, so that of many documents the first are live while others are read. */
export function readingActivities(dependencies: Dependencies) {
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
  };
}
