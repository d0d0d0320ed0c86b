import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

/** Ends every connection of the worker's to its catalog, again and again, until the work has ended. Returns how many. */
async function underFire(work: Promise<unknown>): Promise<number> {
  let ended = 0;
  let done = false;
  const stop = () => {
    done = true;
  };
  work.then(stop, stop);
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    // This process has connections too, from before; whoever comes later is the worker.
    const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
    const ours = rows.map(({ pid }) => pid);
    while (!done) {
      const found = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> all($1)`,
        [ours],
      );
      ended += found.rows.length;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  });
  return ended;
}

describe('a worker whose connections to the catalog are ended every 15 ms', () => {
  it('lives, and brings up every tenant', async () => {
    // All connections that this process may want.
    await Promise.all(Array.from({ length: 4 }, () => t.catalog.installation()));
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const handles = await Promise.all(ids.map((id) => t.tenantry.start.onboard({ id })));
    const worker = await startKillableWorker(t);
    let exit: unknown;
    void worker.exited.then((code) => {
      exit = code;
    });
    const fire = underFire(
      Promise.all(handles.map((handle) => t.temporal.workflow.getHandle(handle.workflowId).result())),
    );
    // How many there are to be ended depends on the machine.
    expect(await fire).toBeGreaterThan(0);
    expect(exit).toBeUndefined();
    for (const handle of handles) expect(await handle.result()).toMatchObject({ state: 'ready' });
    expect(await t.emulator.liveProjects()).toHaveLength(ids.length);
    await worker.stop();
  });
});
