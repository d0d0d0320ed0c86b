import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { openCatalog } from '../../catalog/catalog.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { TenantryClient } from '../../client/index.js';
import { catalogOwner } from '../../local/catalog-owner.js';
import { type CatalogServer, startCatalogServer } from '../../local/catalog-server.js';
import { asSuperuser } from '../../postgres/index.js';
import { type BreakableWay, breakableWay } from '../support/breakable-way.js';
import { longForm } from '../support/long-form.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;
let scratch: ScratchFolder;
let server: CatalogServer;
/** What everyone has to the catalog, but whoever ends connections. */
let way: BreakableWay;

const addressOf = ({ url }: CatalogServer) => {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
};

const start = () => startCatalogServer(inject('ground').toolchain.catalogPostgres, scratch.path);

beforeEach(async () => {
  scratch = scratchFolder('tenantry-fire-');
  server = await start();
  await asSuperuser(server.superuser, 'postgres', (client) =>
    client.query(`alter role ${catalogOwner} createdb createrole`),
  );
  way = await breakableWay(addressOf(server));
  const url = new URL(server.url);
  url.port = String(way.port);
  t = await startTenantry({ catalogServerUrl: url.href });
});

afterEach(async () => {
  await t.stop();
  await way.close();
  await server.stop();
  scratch.remove();
});

const forMs = 60_000;

/** Every connection to the catalog is ended, once in 15 ms. Returns how many were. */
async function endAll(times: number): Promise<number> {
  const direct = new URL(server.url);
  direct.pathname = new URL(t.environment.TENANTRY_CATALOG_URL ?? '').pathname;
  return withClient(direct.href, async (client) => {
    let ended = 0;
    for (let shots = 0; shots < times; shots += 1) {
      const found = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      ended += found.rowCount ?? 0;
      await sleep(15);
    }
    return ended;
  });
}

/** What else becomes of a catalog, for a while each. */
const misfortunes = [
  async () => {
    await way.cut();
    await sleep(500);
  },
  async () => {
    way.silence();
    await sleep(500);
  },
  async () => {
    await server.stop();
    server = await start();
    way.leadTo(addressOf(server));
  },
];

/** As whoever asks would: a call that meets a broken connection is made again. */
async function persistently<T>(call: () => Promise<T>, times = 100): Promise<T> {
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
    const worker = await startKillableWorker(t);
    let exit: unknown;
    void worker.exited.then((code) => {
      exit = code;
    });
    await t.tenantry.execute.onboard({ id: 'served' });
    const { fleet, temporal, taskQueue, environment } = t;
    const sealKeys = parseSealKeys(environment.TENANTRY_SEAL_KEY ?? '');
    const catalog = openCatalog({ url: environment.TENANTRY_CATALOG_URL ?? '', sealKeys, connections: 2 });
    const backend = new TenantryClient({ fleet, temporal, catalog, taskQueue, pools: { freshForMs: 20 } });
    const pool = await backend.pool('served');
    await pool.query('select 1');

    const until = Date.now() + forMs;
    let [ended, restarts] = [0, 0];
    const fire = async () => {
      for (let n = 0; Date.now() < until; n += 1) {
        ended += await endAll(100);
        const misfortune = misfortunes[n % misfortunes.length];
        await misfortune?.();
        await way.restore();
        if (n % misfortunes.length === misfortunes.length - 1) restarts += 1;
      }
    };
    const started: string[] = [];
    const runs: Promise<unknown>[] = [];
    const operate = async () => {
      for (let n = 1; Date.now() < until; n += 1) {
        const handle = await persistently(() => backend.start.onboard({ id: `tenant-${n}` }));
        started.push(`tenant-${n}`);
        runs.push(temporal.workflow.getHandle(handle.workflowId).result());
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
    await Promise.all([fire(), operate(), serve()]);
    await Promise.all(runs);
    expect(exit).toBeUndefined();
    expect(ended).toBeGreaterThan(started.length);
    expect(restarts).toBeGreaterThan(0);
    for (const id of [...started, 'served'])
      expect(await persistently(() => backend.get(id))).toMatchObject({ state: 'ready' });
    expect(await t.emulator.liveProjects()).toHaveLength(started.length + 1);
    console.log(
      `${ended} connections ended, ${restarts} restarts, ${started.length} tenants brought up, ${served} requests served`,
    );
    await backend.close();
    await catalog.close();
    await worker.stop();
  },
  240_000,
);
