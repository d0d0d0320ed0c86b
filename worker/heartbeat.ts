import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Catalog } from '../catalog/catalog.js';
import { beatMs } from '../catalog/workers.js';
import type { KeyRefusal } from '../tenancy/key-refusal.js';

/**
 * Writes this worker's heartbeat to the catalog every second, so that clients learn within seconds that no worker is
 * running: Temporal only notices after a minute. Returns a function that stops it, and records that the worker has
 * stopped.
 */
export function startHeartbeat(
  catalog: Pick<Catalog, 'workers'>,
  worker: {
    readonly fleet: string;
    readonly taskQueue: string;
    readonly build: string | undefined;
    /** Neon's refusal of its key, if Neon does not know it. */
    keyRefusal(): KeyRefusal | undefined;
    /** Whether it still takes tasks. */
    isRunning(): boolean;
  },
): () => Promise<void> {
  const { fleet, taskQueue, build } = worker;
  const key = { fleet, taskQueue, id: randomUUID() };
  const identity = `${process.pid}@${hostname()}`;
  let beating: Promise<void> | undefined;
  // When the catalog is out of reach, the next beat retries.
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
