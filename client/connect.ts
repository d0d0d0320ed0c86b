import {
  Client,
  Connection,
  type ScheduleClientInterceptor,
  type WorkflowClientInterceptor,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import type { Build } from '../catalog/builds.js';
import { openCatalog } from '../catalog/catalog.js';
import { catalogEnvironment } from '../catalog/environment.js';
import { clientDataConverter, type OwnDataConverter } from '../payloads/data-converter.js';
import { readEnvironment, setVariables } from '../tenancy/environment.js';
import { type Fleet, sealKeyNeed } from '../tenancy/fleet.js';
import { defaultTaskQueue } from '../tenancy/naming.js';
import { withTracePackages } from '../traces/optional-packages.js';
import { startTraces } from '../traces/start-traces.js';
import { checkedBuild, startBuildBeat } from './build-beat.js';
import { FleetSchedules } from './schedules/schedules.js';
import type { PoolOptions } from './tenant-pools.js';
import { TenantryClient } from './tenantry-client.js';

const clientEnvironment = catalogEnvironment.extend({
  TENANTRY_TASK_QUEUE: z.string().optional(),
});
/** For a fleet with a secret store of its own: nothing is sealed. */
const unsealedEnvironment = clientEnvironment.partial({ TENANTRY_SEAL_KEY: true });

/** Settings that do not come from the environment: the pools, and Temporal's own options, which are passed through. */
export interface ConnectOptions extends PoolOptions {
  /**
   * Which build of the application this is, and the newest migration that it was written with: `{ id: 'web-1.4.2', schema: '0011' }`.
   * While a process with it is running, contracts with a higher number are held back (docs/migrations.md). @default no build, which holds nothing back
   */
  readonly build?: Build;
  /** Of calls to Temporal. */
  readonly interceptors?: {
    readonly workflow?: readonly WorkflowClientInterceptor[];
    readonly schedule?: readonly ScheduleClientInterceptor[];
  };
  /** The same one that the workers have. */
  readonly dataConverter?: OwnDataConverter;
  /**
   * Whether operations go on with the caller's trace: `true` in a process that has set up OpenTelemetry itself.
   * @default whether `OTEL_EXPORTER_OTLP_ENDPOINT` is set
   */
  readonly traces?: boolean;
}

/** The longest pause between two attempts to connect. gRPC's default is two minutes, during which operations would keep failing. */
const reconnectMs = 5_000;

export interface ConnectedTenantry<PlanName extends string = string> {
  readonly tenantry: TenantryClient<PlanName>;
  readonly schedules: FleetSchedules;
  /** For workflows of your own: with the fleet's encryption, and your interceptors and converter. */
  readonly temporal: Client;
  /** Where the workers wait for workflows, yours too. */
  readonly taskQueue: string;
  /** Where runs are kept. */
  readonly namespace: string;
  close(): Promise<void>;
}

/**
 * A client from the environment: `TENANTRY_CATALOG_URL`, `TENANTRY_SEAL_KEY` unless the fleet has a store of secrets of
 * its own and does not encrypt payloads, and `TEMPORAL_*` as Temporal's own tools read them. It connects to nothing yet: what needs a
 * server says so when it is away. Throws `EnvironmentError` that lists every problem at once; `RequestUnfitError` for a build that is none.
 */
export async function connectTenantry<PlanName extends string>(
  fleet: Fleet<PlanName>,
  environment: NodeJS.ProcessEnv = process.env,
  { interceptors = {}, dataConverter: own, traces, build, ...pools }: ConnectOptions = {},
): Promise<ConnectedTenantry<PlanName>> {
  const checked = build && checkedBuild(build);
  const configuration = readClientEnvironment(fleet, environment);
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: setVariables(environment),
  });
  // The first operation connects, so that an application can start while Temporal is away, and serve what only needs the catalog.
  const connection = Connection.lazy({
    ...connectionOptions,
    channelArgs: { 'grpc.max_reconnect_backoff_ms': reconnectMs },
  });
  const catalog = openCatalog({
    url: configuration.TENANTRY_CATALOG_URL,
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    secrets: fleet.secrets,
  });
  const dataConverter = clientDataConverter({
    sealKeys: configuration.TENANTRY_SEAL_KEY,
    namespace,
    fleet,
    own,
  });
  const started = traces === false ? undefined : await startTraces(environment, 'tenantry-client');
  const tracing = traces || started !== undefined ? await loadTracing() : [];
  const temporal = new Client({
    connection,
    namespace,
    dataConverter,
    interceptors: {
      workflow: [...tracing, ...(interceptors.workflow ?? [])],
      schedule: [...(interceptors.schedule ?? [])],
    },
  });
  const { TENANTRY_TASK_QUEUE: taskQueue = defaultTaskQueue(fleet.name) } = configuration;
  const tenantry = new TenantryClient({ fleet, temporal, catalog, taskQueue, pools });
  const beat = checked && startBuildBeat(catalog.builds, fleet.name, checked);
  return {
    tenantry,
    schedules: new FleetSchedules({ fleet, temporal, taskQueue }),
    temporal,
    taskQueue,
    namespace,
    async close() {
      await Promise.all([tenantry.close(), beat?.stop()]);
      await Promise.all([connection.close(), catalog.close()]);
      await started?.stop();
    },
  };
}

function loadTracing(): Promise<WorkflowClientInterceptor[]> {
  return withTracePackages(async () => {
    const { clientTracing } = await import('../traces/client-tracing.js');
    return clientTracing();
  });
}

function readClientEnvironment(fleet: Fleet, environment: NodeJS.ProcessEnv) {
  const need = sealKeyNeed(fleet);
  if (need === undefined) return readEnvironment(unsealedEnvironment, environment);
  return fleet.secrets === undefined
    ? readEnvironment(clientEnvironment, environment)
    : readEnvironment(clientEnvironment, environment, { TENANTRY_SEAL_KEY: need });
}
