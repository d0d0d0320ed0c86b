import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerProcess } from '../../local/worker-process.js';
import type { TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

/**
 * Keeps a worker up, and kills it with SIGKILL again and again, until stopped.
 * @param most How often at most. On a machine with much else to do, kills are more of what is to be done, and it takes even longer.
 * `failed` rejects where no worker comes up any more: nothing would go on without one.
 */
export async function startChaos(
  t: TestTenantry,
  most: number,
): Promise<{ readonly failed: Promise<never>; stop(): Promise<number> }> {
  let worker: WorkerProcess = await startKillableWorker(t);
  let kills = 0;
  const stopping = new AbortController();
  const going = (async () => {
    while (!stopping.signal.aborted && kills < most) {
      await sleep(3_000 + Math.random() * 7_000, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      await worker.stop('SIGKILL');
      kills += 1;
      worker = await startKillableWorker(t);
    }
  })();
  // It ends by itself only where it fails, or was stopped.
  const failed = going.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});
  return {
    failed,
    /** Answers how often a worker was killed. */
    async stop() {
      stopping.abort();
      await going.catch(() => {});
      await worker.stop();
      return kills;
    },
  };
}
