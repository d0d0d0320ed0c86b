import { expect } from 'vitest';
import { more } from '../support/long-form.js';
import { quickTimings, startTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

/*
 * Temporal tries an activity no more once it is to be cancelled. Where its worker is gone, what it ends with is its timeout, and not
 * a cancellation.
 */
more(
  'an operation that is cancelled while a worker is lost in its last steps was cancelled, and did not fail',
  async () => {
    const timings = { ...quickTimings, shortStep: 6_000, databaseDeadline: 60_000 };
    const t = await startTenantry({ fleet: { timings } });
    try {
      const worker = await startKillableWorker(t);
      const { projectId } = await t.tenantry.execute.onboard({ id: 'acme' });
      // Long enough for a cancellation and a kill, and shorter than an attempt may take.
      await t.emulator.addFault({
        match: { project_id: projectId, times: 100 },
        effect: { kind: 'connection-delay', ms: 1_500 },
      });
      const handle = await t.tenantry.start.repair('acme');
      for await (const { name, status } of handle.progress()) {
        if (name === 'verify role' && status === 'running') break;
      }
      await handle.cancel();
      await worker.stop('SIGKILL');
      await t.startWorker();
      await expect(handle.result()).rejects.toThrow('the repair of tenant "acme" was cancelled');
      expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
    } finally {
      await t.stop();
    }
  },
);
