import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Catalog } from '../catalog/catalog.js';
import { beatMs } from '../catalog/workers.js';
import type { KeyRefusal } from '../tenancy/key-refusal.js';

/**
 * Says in the catalog every second that this worker lives, so that whoever waits for one is told within seconds that none is
 * there: Temporal notices after a minute. Returns what ends it, and says that the worker has gone.
 */
export function startHeartbeat(
  catalog: Pick<Catalog, 'workers'>,
  worker: {
    readonly fleet: string;
    readonly taskQueue: string;
    readonly build: string | undefined;
    /** What Neon says of its key, where it does not know it. */
    keyRefusal(): KeyRefusal | undefined;
    /** Whether it still takes tasks. */
    isRunning(): boolean;
  },
): () => Promise<void> {
  const { fleet, taskQueue, build } = worker;
  const key = { fleet, taskQueue, id: randomUUID() };
  const identity = `${process.pid}@${hostname()}`;
  let beating: Promise<void> | undefined;
  // A catalog that is away is asked again with the next beat.
  const beat = () => {
    if (!worker.isRunning()) return;
    beating ??= catalog.workers
      .beat(key, { identity, build, keyRefusal: worker.keyRefusal() })
      .catch(() => {})
      .finally(() => {
        beating = undefined;
      });
  };
  beat();
  const timer = setInterval(beat, beatMs);
  return async () => {
    clearInterval(timer);
    await beating;
    await catalog.workers.leave(key).catch(() => {});
  };
}
