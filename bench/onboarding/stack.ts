import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Dependencies } from '../../activities/dependencies.js';
import { migrateCatalog } from '../../catalog/migrate.js';
import { connectTenantry, type TenantryClient } from '../../client/index.js';
import type { Profile } from '../../emulator/index.js';
import { ownModule } from '../../local/own-modules.js';
import { processOf } from '../../local/own-process.js';
import { startStack } from '../../local/stack.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.js';
import { bundleWorkflows } from '../../worker/workflow-bundle.js';
import { type EmulatorChild, emulatorChild } from '../emulator/emulator-child.js';
import { emulatorControl } from '../emulator/emulator-control.js';
import { dependenciesFrom, fleetFile } from './dependencies.js';
import fleet from './tenantry.config.js';
import { textbookQueue } from './textbook/queue.js';
import type { textbookOnboarding } from './textbook/workflow.js';

export const workerFiles = {
  ours: ownModule('worker/main'),
  stubbed: path.join(import.meta.dirname, 'stub-worker.ts'),
  textbook: path.join(import.meta.dirname, 'textbook', 'worker.ts'),
} as const;

export const callsPerSecond = 11;

export interface BenchStack {
  /** What a worker and a client need to be told. */
  readonly environment: Readonly<Record<string, string>>;
  readonly tenantry: TenantryClient;
  readonly temporal: Client;
  /** What the baselines work with, in the process of the bench. */
  readonly dependencies: Dependencies;
  readonly emulator: EmulatorChild;
  /** The emulator's own levers. */
  readonly control: ReturnType<typeof emulatorControl>;
  /** Starts a worker as a process of its own. */
  startWorker(
    which: keyof typeof workerFiles,
    settings?: Readonly<Record<string, string>>,
    flags?: readonly string[],
  ): Promise<WorkerProcess>;
  /** Onboards by the textbook's workflow. */
  textbook(id: string): Promise<void>;
}

/** Temporal, a catalog and the emulator in a process of its own, each fresh, for one measurement. */
export async function withStack<T>(
  { profile, compute = true }: { readonly profile: Profile; readonly compute?: boolean },
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  const toolchain = await findToolchain();
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tenantry-bench-'));
  await chmod(stateDir, 0o711);
  const stops: (() => Promise<unknown>)[] = [() => rm(stateDir, { recursive: true, force: true })];
  try {
    const { binDir, runAs } = toolchain.postgres;
    const emulator = await emulatorChild([
      `--data-dir=${path.join(stateDir, 'neon')}`,
      `--profile=${profile}`,
      ...(compute ? [`--postgres-bin=${binDir}`] : ['--no-compute']),
      ...(compute && runAs ? [`--run-as=${runAs.uid}:${runAs.gid}`] : []),
    ]);
    stops.push(() => emulator.stop());
    const neon = {
      NEON_API_KEY: emulator.apiKey,
      NEON_API_HOST: emulator.url,
      NEON_ORG_ID: emulator.orgId,
    };
    const stack = await startStack({
      toolchain,
      stateDir,
      config: fleetFile,
      worker: false,
      environment: neon,
    });
    stops.push(() => stack.stop());
    const bundle = path.join(stateDir, 'workflows.js');
    await bundleWorkflows(bundle);
    const environment: Readonly<Record<string, string>> = {
      ...stack.environment,
      ...neon,
      TENANTRY_WORKFLOW_BUNDLE: bundle,
      TENANTRY_NEON_CALLS_PER_SECOND: profile === 'realistic' ? String(callsPerSecond) : '1000',
    };
    // A worker does that at its start, and not every question has one.
    await migrateCatalog(environment.TENANTRY_CATALOG_URL ?? '');
    const { tenantry, close } = await connectTenantry(fleet, environment);
    stops.push(close);
    const dependencies = await dependenciesFrom(environment);
    stops.push(() => dependencies.catalog.close());
    const connection = await Connection.connect({ address: environment.TEMPORAL_ADDRESS ?? '' });
    stops.push(() => connection.close());
    const temporal = new Client({ connection });
    let workers = 0;
    return await work({
      environment,
      tenantry,
      temporal,
      dependencies,
      emulator,
      control: emulatorControl(emulator.controlUrl),
      async startWorker(which, settings = {}, flags = []) {
        workers += 1;
        const log = path.join(stateDir, `worker-${workers}.log`);
        const node = [...flags, ...processOf(workerFiles[which])];
        const worker = await startWorkerProcess({ ...environment, ...settings }, log, process.env, node);
        stops.push(() => worker.stop('SIGKILL'));
        return worker;
      },
      async textbook(id) {
        await temporal.workflow.execute<typeof textbookOnboarding>('textbookOnboarding', {
          taskQueue: textbookQueue,
          workflowId: `textbook/${id}`,
          args: [{ tenant: { fleet: fleet.name, id }, plan: 'bench' }],
        });
      },
    });
  } finally {
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => console.error(error));
  }
}
