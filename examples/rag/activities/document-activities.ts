import type { DocumentKey } from '../documents/document-key.js';
import { type DueWork, nextWork } from '../documents/due-work.js';
import { neededModels } from '../documents/models.js';
import { type Published, publishVersion } from '../documents/publish.js';
import { removeDocument } from '../documents/removal.js';
import { buildIndex, needsIndex } from '../documents/vector-index.js';
import type { VersionKey } from '../documents/version.js';
import type { Dependencies } from './dependencies.js';
import { withHeartbeat } from './heartbeat.js';
import { inSettledWorkspace, inWorkspace } from './workspace.js';

export type DocumentActivities = ReturnType<typeof documentActivities>;

/** Moments in a workspace's database, and the building of its index. */
export function documentActivities(dependencies: Dependencies) {
  return {
    nextWork: ({ tenantId, documentId }: DocumentKey): Promise<DueWork> =>
      inWorkspace(dependencies, tenantId, (pool) => nextWork(pool, documentId)),

    publishVersion: ({ tenantId, ...version }: DocumentKey & VersionKey): Promise<Published> =>
      inWorkspace(dependencies, tenantId, (pool) => publishVersion(pool, version)),

    removeDocument: ({ tenantId, documentId }: DocumentKey): Promise<void> =>
      inWorkspace(dependencies, tenantId, (pool) => removeDocument(pool, documentId)),

    /** Builds an index for each model that has too many vectors to do without. */
    ensureIndex: ({ tenantId }: { tenantId: string }): Promise<void> =>
      withHeartbeat(() =>
        inSettledWorkspace(dependencies, tenantId, async (pool) => {
          for (const model of await neededModels(pool)) {
            if (await needsIndex(pool, model, dependencies.indexAbove)) await buildIndex(pool, model);
          }
        }),
      ),
  };
}
