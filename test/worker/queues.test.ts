import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openCatalog } from '../../catalog/catalog.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { createTenantryWorker } from '../../worker/create-worker.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { connectWorker } from '../support/native-connection.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

const workflowsPath = fileURLToPath(new URL('./own-code/workflows.ts', import.meta.url));

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, databaseDeadline: 1_000 } } });
});

afterEach(() => t.stop());

describe("a hundred slow activities of the user's", () => {
  it('hold no step of an onboarding up', async () => {
    let begun = 0;
    let letGo = () => {};
    const free = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const linger = async () => {
      begun += 1;
      await free;
    };
    await t.startWorker({ workflowsPath, activities: { linger } });
    const theirs = await t.temporal.workflow.start('lingering', {
      workflowId: `lingering/${t.fleet.name}`,
      taskQueue: t.taskQueue,
      args: [110],
    });
    await eventually('a hundred of them are under way', async () => begun === 100);
    const onboarding = await t.tenantry.start.onboard({ id: 'acme' });
    const outcome = await Promise.race([
      onboarding.result().then(({ state }) => state, String),
      sleep(15_000, 'held up', { ref: false }),
    ]);
    letGo();
    await theirs.result();
    expect(outcome).toBe('ready');
  });
});

describe('a catalog that is away, with more runs than a worker has slots for', () => {
  more('holds up nothing that does without it, and makes no history longer', async () => {
    const gate = await gateBefore(new URL(t.environment.TENANTRY_CATALOG_URL ?? ''));
    await startWorkerBehind(gate.url);
    gate.shut();
    const looks = await Promise.all(
      Array.from({ length: 45 }, (_, n) =>
        t.tenantry.start.previewAdoption(`t${n}`, { projectId: `none-${n}` }),
      ),
    );
    let before: readonly number[] = [];
    await eventually(
      'all of them have come to where they wait',
      async () => {
        const last = before;
        await sleep(2_000);
        before = await Promise.all(looks.map(historyLength));
        return before.every((length, index) => length > 5 && length === last[index]);
        // 45 of them on a machine with nothing to spare.
      },
      60_000,
    );
    await t.temporal.workflow.execute('lingering', {
      workflowId: `lingering/${t.fleet.name}`,
      taskQueue: t.taskQueue,
      args: [1],
      workflowExecutionTimeout: '10 seconds',
    });
    await sleep(3_000);
    expect(await Promise.all(looks.map(historyLength))).toEqual(before);
    gate.open();
    for (const look of looks)
      await expect(look.result()).rejects.toMatchObject({ reason: { type: 'NeonNotFound' } });
  });
});

async function historyLength({ workflowId, runId }: { workflowId: string; runId: string }): Promise<number> {
  return (await t.temporal.workflow.getHandle(workflowId, runId).describe()).historyLength ?? 0;
}

/** A worker whose way to the catalog is another than the test's own. */
async function startWorkerBehind(catalogUrl: string): Promise<void> {
  const { fleet, neon, taskQueue, environment } = t;
  const sealKeys = parseSealKeys(environment.TENANTRY_SEAL_KEY ?? '');
  const catalog = openCatalog({ url: catalogUrl, sealKeys });
  const { native: connection, release } = await connectWorker(environment.TEMPORAL_ADDRESS ?? '');
  const worker = await createTenantryWorker({
    connection,
    namespace: 'default',
    taskQueue,
    sealKeys,
    dependencies: { fleet, catalog, neon },
    neonCallsPerSecond: 500,
    consumptionCallsPerMinute: 30_000,
    shutdownGraceMs: 1_000,
    stickyTimeoutMs: 500,
    workflowsPath,
    activities: { linger: async () => {} },
  });
  const ended = worker.run();
  onTestFinished(async () => {
    worker.shutdown();
    await ended;
    await Promise.all([release(), catalog.close()]);
  });
}

/** Stands before a server, and can cut everybody off. */
async function gateBefore(target: URL) {
  let shut = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (shut) return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    shut() {
      shut = true;
      for (const socket of sockets) socket.destroy();
    },
    open() {
      shut = false;
    },
  };
}
