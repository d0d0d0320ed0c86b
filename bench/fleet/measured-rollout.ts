import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { z } from 'zod';
import { parseSealKeys } from '../../catalog/seal.js';
import { processOf } from '../../local/own-process.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { type Leash, leash } from '../../postgres/index.js';
import { rolloutWorkflowId } from '../../tenancy/naming.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import { processorSeconds } from '../processor-seconds.js';
import { type Installation, type Part, startInstallation } from './killable.js';
import { type MemoryWatch, watchMemory } from './memory.js';
import {
  type Histories,
  historiesOfRollout,
  historiesOfTenants,
  readTreated,
  type Treated,
} from './proof.js';
import { seedTenants } from './seeded-tenants.js';
import fleet from './tenantry.config.js';

export interface Measured {
  readonly tenants: number;
  readonly seconds: number;
  /** Without the times in which something was away. */
  readonly quietSeconds: number;
  readonly perSecond: number;
  readonly processorMs: number;
  readonly worker: ReturnType<MemoryWatch['read']>;
  readonly driver: ReturnType<MemoryWatch['read']>;
  readonly rollout: Histories;
  readonly own: Histories;
  readonly treated: Treated;
  /** Tenants of which exactly one migration began and succeeded. */
  readonly once: number;
  /** How many of the kills came before its end. */
  readonly killed: number;
  /** What the run's page in Temporal's UI shows in the middle. */
  readonly halfWay: string;
}

/** When what is killed, by the share of the tenants that are treated. */
const kills: readonly (readonly [share: number, part: Part])[] = [
  [0.1, 'worker'],
  [0.2, 'temporal'],
  [0.3, 'catalog'],
  [0.4, 'emulator'],
  [0.6, 'worker'],
  [0.7, 'temporal'],
  [0.8, 'catalog'],
  [0.9, 'emulator'],
];
const halfWay = 0.5;

const [before, newest] = ['0001_notes', '0002_authors'];
const line = z.object({
  id: z.string().optional(),
  state: z.string().optional(),
  counts: z.record(z.string(), z.number()).optional(),
  lost: z.string().optional(),
});

/** Migrates so many tenants in an installation of its own. */
export async function measureRollout({
  tenants,
  parallel,
}: {
  readonly tenants: number;
  readonly parallel: number;
}): Promise<Measured> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-fleet-'));
  await chmod(stateDir, 0o711);
  const sealKey = `bench:${randomBytes(32).toString('base64')}`;
  const bundle = path.join(stateDir, 'workflows.js');
  await bundleWorkflows(bundle);
  const installation = await startInstallation(await findToolchain(), stateDir, {
    sealKey,
    settings: { PARALLEL: String(parallel), TENANTRY_WORKFLOW_BUNDLE: bundle },
  });
  try {
    await withCatalog(installation, (client) =>
      seedTenants(client, {
        fleet: fleet.name,
        tenants,
        schemaVersion: before,
        sealKeys: parseSealKeys(sealKey),
      }),
    );
    return await measure(installation, tenants, stateDir);
  } finally {
    await installation.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

async function measure(installation: Installation, tenants: number, stateDir: string): Promise<Measured> {
  const worker = watchMemory(() => installation.worker.pid());
  const began = performance.now();
  const processor = processorSeconds();
  const driver = await startDriver(installation, stateDir);
  const memory = watchMemory(() => driver.process.pid);
  const seconds = () => (performance.now() - began) / 1_000;
  let awaySeconds = 0;
  let shown = '';
  let killed = 0;
  for (const [share, event] of [...kills, [halfWay, undefined] as const].sort(([a], [b]) => a - b)) {
    while (driver.treated() < share * tenants && driver.state() === 'running') await sleep(50);
    if (event === undefined) {
      shown = await detailsOf(installation, driver.id());
      continue;
    }
    if (driver.state() !== 'running') break;
    const away = seconds();
    await installation[event].killAndRestart();
    killed += 1;
    const since = driver.treated();
    while (driver.treated() <= since && driver.state() === 'running') await sleep(50);
    awaySeconds += seconds() - away;
    console.log(
      `${Math.round(seconds())} s: ${event} killed at ${since} of ${tenants}, going on ${(seconds() - away).toFixed(1)} s later`,
    );
  }
  await driver.process.exited;
  const took = seconds();
  const figures = { worker: worker.read(), driver: memory.read() };
  worker.stop();
  memory.stop();
  const treated = await withCatalog(installation, (client) =>
    readTreated(client, { fleet: fleet.name, rollout: driver.id(), newest }),
  );
  const connection = await Connection.connect({ address: installation.temporalAddress });
  const client = new Client({ connection });
  const rollout = await historiesOfRollout(client, fleet.name, driver.id());
  const own = await historiesOfTenants(client);
  await connection.close();
  const quietSeconds = took - awaySeconds;
  return {
    tenants,
    seconds: took,
    quietSeconds,
    perSecond: tenants / quietSeconds,
    processorMs: ((processorSeconds() - processor) / tenants) * 1_000,
    ...figures,
    rollout,
    own,
    treated,
    killed,
    once: treated.tenantsByRuns['1/1'] ?? 0,
    halfWay: shown,
  };
}

interface Driver {
  readonly process: Leash;
  id(): string;
  treated(): number;
  state(): string;
}

/** The process that starts the rollout and follows it. */
async function startDriver({ environment }: Installation, stateDir: string): Promise<Driver> {
  const child = await leash({
    command: process.execPath,
    args: processOf(`${checkoutRoot}/bench/fleet/driver.ts`),
    env: { ...process.env, ...environment },
    cwd: stateDir,
  });
  child.stderr?.pipe(process.stderr);
  if (child.stdout === null) throw new Error('it says nothing');
  let [id, state, treated] = ['', 'running', 0];
  createInterface({ input: child.stdout }).on('line', (text) => {
    const told = line.parse(JSON.parse(text));
    id = told.id ?? id;
    state = told.state ?? state;
    treated = told.counts?.succeeded ?? treated;
    if (told.lost !== undefined) console.log(`the follower lost it: ${told.lost}`);
  });
  void child.exited.then(() => {
    if (state === 'running') state = 'ended';
  });
  return { process: child, id: () => id, treated: () => treated, state: () => state };
}

async function withCatalog<T>(
  { environment }: Installation,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: environment.TENANTRY_CATALOG_URL });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What a run's page in Temporal's UI shows of it. */
async function detailsOf({ temporalAddress }: Installation, rollout: string): Promise<string> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const handle = new Client({ connection }).workflow.getHandle(rolloutWorkflowId(fleet.name, rollout));
    const metadata = await handle.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails ?? '';
  } finally {
    await connection.close();
  }
}
