import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client';
import type pg from 'pg';
import { projectRequest } from '../../activities/neon/project-request.js';
import { parseSealKeys } from '../../catalog/seal.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { createNeonClient } from '../../neon/neon-client.js';
import { createProject } from '../../neon/projects.js';
import { meterScheduleId, reconcileScheduleId } from '../../tenancy/naming.js';
import type { Plan } from '../../tenancy/plan.js';
import { withClient } from '../../test/support/sql.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import { emulatorControl } from '../emulator/emulator-control.js';
import { inParallel } from '../figures.js';
import { type Installation, type Part, startInstallation } from './killable.js';
import { type MemoryWatch, watchMemory } from './memory.js';
import fleet from './metered/tenantry.config.js';
import { type Histories, histories } from './proof.js';
import { seedTenants } from './seeded-tenants.js';

/** A reconcile, or a reading of all usage, from its trigger to its end. */
export interface Round {
  readonly seconds: number;
  readonly worker: ReturnType<MemoryWatch['read']>;
  readonly runs: Histories;
  /** Calls to Neon; of those in the instant before a kill of the emulator some may be missing. */
  readonly calls: number;
  readonly killed: number;
  /** How often it was triggered until all was done: a run that an outage ends is continued by the next one. */
  readonly triggered: number;
  readonly result: unknown;
}

export interface Measured {
  readonly tenants: number;
  readonly reconcile: Round;
  readonly meter: Round;
  /** Projects that the catalog compared with Neon's list, and tenants that were looked into. */
  readonly compared: { readonly projects: number; readonly lookedInto: number };
  /** Projects of which the catalog has each hour of the emulator's books once, to the second. */
  readonly metered: number;
}

/** When what is killed, by the share of the round that is done. */
const kills: readonly (readonly [share: number, part: Part])[] = [
  [0.05, 'worker'],
  [0.15, 'temporal'],
  [0.25, 'catalog'],
  [0.35, 'emulator'],
  [0.5, 'worker'],
  [0.6, 'temporal'],
  [0.7, 'catalog'],
  [0.8, 'emulator'],
];

const hourMs = 3_600_000;
const mostTriggers = 5;
const postedAtOnce = 20;
/** Longer than the lease of a reading whose worker was killed. */
const leaseMs = 65_000;

/** Reconciles and meters so many tenants in an installation of its own, and kills everything twice in each of the two. */
export async function measureRounds({
  tenants,
  withKills,
}: {
  readonly tenants: number;
  readonly withKills: boolean;
}): Promise<Measured> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-rounds-'));
  await chmod(stateDir, 0o711);
  const sealKey = `bench:${randomBytes(32).toString('base64')}`;
  const bundle = path.join(stateDir, 'workflows.js');
  await bundleWorkflows(bundle);
  const installation = await startInstallation(await findToolchain(), stateDir, {
    sealKey,
    settings: {
      TENANTRY_CONFIG: `${checkoutRoot}/bench/fleet/metered/tenantry.config.ts`,
      TENANTRY_WORKFLOW_BUNDLE: bundle,
      // Neon would not allow so many, and a round of 10,000 would take four minutes instead of two.
      TENANTRY_CONSUMPTION_CALLS_PER_MINUTE: '60',
    },
  });
  try {
    await seed(installation, tenants, sealKey);
    return await measure(installation, tenants, withKills ? kills : []);
  } finally {
    await installation.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** A project for each, as its onboarding asks for it, and usage of two hours ago in the emulator's books. */
async function seed(installation: Installation, tenants: number, sealKey: string): Promise<void> {
  const { environment } = installation;
  const neon = createNeonClient({
    apiKey: environment.NEON_API_KEY ?? '',
    host: environment.NEON_API_HOST ?? '',
    timeoutMs: 120_000,
  });
  const plan = fleet.plans.bench as Plan;
  await withCatalog(installation, async (client) => {
    await seedTenants(client, {
      fleet: fleet.name,
      tenants,
      schemaVersion: '0002_authors',
      sealKeys: parseSealKeys(sealKey),
      async makeProject(name) {
        const { project, connection_uris } = await createProject(neon, projectRequest(name, plan));
        return { neonId: project.id, owner: connection_uris[0]?.connection_uri ?? '' };
      },
    });
    await client.query("update tenantry.usage_projects set read_from = read_from - interval '3 hours'");
    const { rows } = await client.query<{ id: string }>(
      'select project_id as id from tenantry.usage_projects order by 1',
    );
    const { enterUsage } = controlOf(installation);
    const at = new Date(Date.now() - 2 * hourMs).toISOString();
    await inParallel(rows.length, postedAtOnce, (n) =>
      enterUsage({ project_id: rows[n]?.id ?? '', at, compute_unit_seconds: 100 + (n % 1_000) }),
    );
  });
}

async function measure(
  installation: Installation,
  tenants: number,
  kills: readonly (readonly [number, Part])[],
): Promise<Measured> {
  const connection = await Connection.connect({ address: installation.temporalAddress });
  const temporal = new Client({ connection });
  const count = async (sql: string) => {
    const { rows } = await withCatalog(installation, (client) => client.query<{ n: number }>(sql));
    return rows[0]?.n ?? 0;
  };
  try {
    const reconcile = await round(installation, temporal, kills, {
      scheduleId: reconcileScheduleId(fleet.name),
      workflowType: 'reconcile',
      done: async () =>
        ((await count('select count(*)::int as n from tenantry.neon_inventory')) / tenants +
          (await count('select count(*)::int as n from tenantry.tenant_looks')) / Math.min(tenants, 200)) /
        2,
      isComplete: async () =>
        (await count(
          'select count(*)::int as n from tenantry.reconciles where compared_at is not null and trouble is null',
        )) === 1,
    });
    const lookedInto = await count('select count(*)::int as n from tenantry.tenant_looks');
    const meteringFrom = Date.now();
    const readNow = 'select count(*)::int as n from tenantry.usage_projects where read_at is not null';
    const meter = await round(installation, temporal, kills, {
      scheduleId: meterScheduleId(fleet.name),
      workflowType: 'meter',
      done: async () => (await count(readNow)) / tenants,
      isComplete: async () => (await count(readNow)) === tenants,
    });
    // Nothing is due by then: it must change nothing.
    await round(installation, temporal, [], {
      scheduleId: meterScheduleId(fleet.name),
      workflowType: 'meter',
      done: async () => 1,
      isComplete: async () => true,
    });
    const { projects = 0 } = reconcile.result as { readonly projects?: number };
    return {
      tenants,
      reconcile,
      meter,
      compared: { projects, lookedInto },
      metered: await meteredOnce(installation, meteringFrom),
    };
  } finally {
    await connection.close();
  }
}

interface Wanted {
  readonly scheduleId: string;
  readonly workflowType: string;
  /** The share that is done, from 0 to 1. */
  done(): Promise<number>;
  /** Whether the runs so far have done all of it: a long outage ends a run, and the next one goes on. */
  isComplete(): Promise<boolean>;
}

async function round(
  installation: Installation,
  temporal: Client,
  kills: readonly (readonly [number, Part])[],
  { scheduleId, workflowType, done, isComplete }: Wanted,
): Promise<Round> {
  const { takeCalls } = controlOf(installation);
  await takeCalls();
  const before = new Set((await runsOf(temporal, workflowType)).map(({ runId }) => runId));
  const watch = watchMemory(() => installation.worker.pid());
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  await temporal.schedule.getHandle(scheduleId).trigger();
  const mine = async () => (await runsOf(temporal, workflowType)).filter(({ runId }) => !before.has(runId));
  const isOver = () =>
    whileAway(async () => {
      const runs = await mine();
      return runs.length > 0 && runs.every(({ status }) => status.name !== 'RUNNING');
    });
  let [calls, killed, triggered] = [0, 0, 1];
  /** Triggers it again where an outage has ended it before all was done, as its schedule would later. */
  const isDone = async () => {
    if (!(await isOver())) return false;
    if (triggered === mostTriggers || (await whileAway(isComplete))) return true;
    console.log(`${workflowType}: ended before all was done, after ${Math.round(seconds())} s`);
    await sleep(leaseMs);
    const known = (await mine()).length;
    await whileAway(() => temporal.schedule.getHandle(scheduleId).trigger());
    triggered += 1;
    while ((await whileAway(mine)).length === known) await sleep(50);
    return false;
  };
  for (const [share, part] of kills) {
    while ((await whileAway(done)) < share && !(await isDone())) await sleep(50);
    if (await isDone()) break;
    if (part === 'emulator') calls += (await takeCalls()).count;
    await installation[part].killAndRestart();
    killed += 1;
    console.log(`${workflowType}: ${part} killed after ${Math.round(seconds())} s`);
  }
  while (!(await isDone())) await sleep(100);
  const took = seconds();
  const worker = watch.read();
  watch.stop();
  const [last] = await mine();
  if (last === undefined) throw new Error(`no run of ${workflowType} began`);
  const ids = (await mine()).map(({ runId }) => `'${runId}'`).join(', ');
  return {
    seconds: took,
    worker,
    runs: await histories(temporal, `RunId in (${ids})`),
    calls: calls + (await takeCalls()).count,
    killed,
    triggered,
    result: await temporal.workflow.getHandle(last.workflowId).result(),
  };
}

const controlOf = ({ environment }: Installation) =>
  emulatorControl(new URL('/emulator', environment.NEON_API_HOST).href);

/** Newest first. */
async function runsOf({ workflow }: Client, workflowType: string): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const run of workflow.list({ query: `WorkflowType = '${workflowType}'` })) found.push(run);
  return found.sort((a, b) => b.startTime.getTime() - a.startTime.getTime());
}

/** Asks again while what is asked has been killed and is not there yet. */
async function whileAway<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

/**
 * Projects whose hours in the catalog are those of the emulator's books, each once. Of the hours since the installation began the last ones
 * may be told later, so what was entered for before is compared.
 */
async function meteredOnce(installation: Installation, meteringFrom: number): Promise<number> {
  const before = Math.floor(meteringFrom / hourMs) * hourMs - hourMs;
  const books = new Map<string, number>();
  for (const { project_id, hour, compute_unit_seconds } of await controlOf(installation).usage())
    if (Date.parse(hour) < before) books.set(project_id, (books.get(project_id) ?? 0) + compute_unit_seconds);
  const { rows } = await withCatalog(installation, (client) =>
    client.query<{ id: string; hours: number; seconds: number }>(
      `select project_id as id, count(*)::int as hours, sum(compute_unit_seconds)::float8 as seconds
       from tenantry.usage where compute_unit_seconds > 0 and hour < $1 group by 1`,
      [new Date(before)],
    ),
  );
  return rows.filter(({ id, hours, seconds }) => hours === 1 && books.get(id) === seconds).length;
}

function withCatalog<T>({ environment }: Installation, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(environment.TENANTRY_CATALOG_URL ?? '', work);
}
