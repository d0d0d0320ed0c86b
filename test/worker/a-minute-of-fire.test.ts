import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCatalog } from '../../catalog/catalog.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { TenantryClient } from '../../client/index.js';
import { type BreakableWay, breakableWay } from '../support/breakable-way.js';
import { longForm } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;
/** What the worker and the backend have to their catalog. */
let way: BreakableWay;

beforeEach(async () => {
  t = await startTenantry();
  const { hostname, port } = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
  way = await breakableWay({ host: hostname, port: Number(port) });
});

afterEach(async () => {
  await way.close();
  await t.stop();
});

const forMs = 60_000;

/** Until its time is over: every connection ended each 15 ms; and for half a second each, none can be made, or all go silent. */
async function fire(until: number, spared: readonly number[]): Promise<number> {
  let ended = 0;
  await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ours = [...spared, ...rows.map(({ pid }) => pid)];
    for (let shots = 1; Date.now() < until; shots += 1) {
      const found = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> all($1)`,
        [ours],
      );
      ended += found.rowCount ?? 0;
      await sleep(15);
      if (shots % 100 === 0) {
        if (shots % 200 === 0) await way.cut();
        else way.silence();
        await sleep(500);
        await way.restore();
      }
    }
  });
  return ended;
}

/** As whoever asks would: a call that meets a broken connection is made again. */
async function persistently<T>(call: () => Promise<T>, times = 20): Promise<T> {
  for (let left = times; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(50);
    }
  }
}

it.skipIf(!longForm)(
  'a worker and a backend outlive a minute of a catalog that is lost again and again',
  async () => {
    const url = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
    url.port = String(way.port);
    // Those that this test asks with, from before; whoever comes later is shot at.
    await Promise.all(Array.from({ length: 4 }, () => t.catalog.installation()));
    const spared = await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pid from pg_stat_activity');
      return rows.map(({ pid }) => pid);
    });
    const worker = await startKillableWorker(t, { TENANTRY_CATALOG_URL: url.href });
    let exit: unknown;
    void worker.exited.then((code) => {
      exit = code;
    });
    await (await t.tenantry.onboard({ id: 'served' })).ready();
    const { fleet, temporal, taskQueue } = t;
    const sealKeys = parseSealKeys(t.environment.TENANTRY_SEAL_KEY ?? '');
    const catalog = openCatalog({ url: url.href, sealKeys, connections: 2 });
    const backend = new TenantryClient({ fleet, temporal, catalog, taskQueue, pools: { freshForMs: 20 } });
    const pool = await backend.pool('served');
    await pool.query('select 1');

    const until = Date.now() + forMs;
    const operations: Promise<unknown>[] = [];
    const started: string[] = [];
    const operate = async () => {
      for (let n = 1; Date.now() < until; n += 1) {
        const handle = await persistently(() => t.tenantry.onboard({ id: `tenant-${n}` }));
        started.push(`tenant-${n}`);
        operations.push(temporal.workflow.getHandle(handle.workflowId).result());
        await sleep(1_000);
      }
    };
    let served = 0;
    const serve = async () => {
      for (; Date.now() < until; served += 1) {
        expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
        await sleep(20);
      }
    };
    const [ended] = await Promise.all([fire(until, spared), operate(), serve()]);
    await Promise.all(operations);
    expect(exit).toBeUndefined();
    expect(ended).toBeGreaterThan(started.length);
    for (const id of [...started, 'served'])
      expect(await persistently(() => t.tenantry.get(id))).toMatchObject({ state: 'ready' });
    expect(await t.emulator.liveProjects()).toHaveLength(started.length + 1);
    console.log(
      `${ended} connections ended, ${started.length} tenants brought up, ${served} requests served`,
    );
    await backend.close();
    await catalog.close();
    await worker.stop();
  },
  240_000,
);
