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
import { endableCalls } from '../connections/temporal-calls.js';
import { clientDataConverter, type OwnDataConverter } from '../payloads/data-converter.js';
import { readEnvironment, setVariables } from '../tenancy/environment.js';
import type { Fleet } from '../tenancy/fleet.js';
import { sealKeyNeed } from '../tenancy/fleet-needs.js';
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
/** For a fleet with its own secret store: nothing is sealed. */
const unsealedEnvironment = clientEnvironment.partial({ TENANTRY_SEAL_KEY: true });

/** Settings that do not come from the environment: the pools, and Temporal's own options, which are passed through. */
export interface ConnectOptions extends PoolOptions {
  /**
   * This build of the application, and the newest migration that it knows: `{ id: 'web-1.4.2', schema: '0011' }`.
   * While one of its processes is running, contracts with a higher number are held back (docs/migrations.md).
   * @default no build, which holds nothing back
   */
  readonly build?: Build;
  /** The interceptors of calls to Temporal. */
  readonly interceptors?: {
    readonly workflow?: readonly WorkflowClientInterceptor[];
    readonly schedule?: readonly ScheduleClientInterceptor[];
  };
  /** The same converter that the workers have. */
  readonly dataConverter?: OwnDataConverter;
  /**
   * Whether operations continue the caller's trace: `true` in a process that has set up OpenTelemetry itself.
   * @default whether `OTEL_EXPORTER_OTLP_ENDPOINT` is set
   */
  readonly traces?: boolean;
}

/**
 * The longest wait between two attempts to connect. gRPC's default is two minutes, during which operations would keep
 * failing.
 */
const reconnectMs = 5_000;

export interface ConnectedTenantry<PlanName extends string = string> {
  readonly tenantry: TenantryClient<PlanName>;
  readonly schedules: FleetSchedules;
  /** For your own workflows: it has the fleet's encryption, and your interceptors and converter. */
  readonly temporal: Client;
  /** The queue on which the workers take workflows, including yours. */
  readonly taskQueue: string;
  /** The namespace of the runs. */
  readonly namespace: string;
  /** Ends calls that are under way, such as one that Temporal does not answer, and closes all connections. */
  close(): Promise<void>;
}

/**
 * Creates a client from the environment: `TENANTRY_CATALOG_URL`, `TENANTRY_SEAL_KEY` unless the fleet has its own
 * secret store and does not encrypt payloads, and `TEMPORAL_*` as Temporal's own tools read them. It does not connect
 * yet: a method that needs a server reports when that server is out of reach. Throws an `EnvironmentError` that lists
 * every problem, and `RequestUnfitError` for an invalid build.
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
  // The first operation connects, so an application can start while Temporal is out of reach, and serve requests that
  // only need the catalog.
  const calls = endableCalls();
  const connection = Connection.lazy({
    ...connectionOptions,
    interceptors: calls.interceptors,
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
      calls.end();
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
