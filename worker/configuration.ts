import { z } from 'zod';
import { catalogEnvironment } from '../catalog/environment.js';
import { apiAddressProblem } from '../neon/api-address.js';
import { defaultNeonHost } from '../neon/neon-client.js';
import { defaultDatabaseDomains } from '../neon/trusted-uri.js';
import { readEnvironment, setVariables } from '../tenancy/environment.js';
import type { Fleet } from '../tenancy/fleet.js';
import { sealKeyNeed } from '../tenancy/fleet-needs.js';
import { findFleetFile } from './fleet-file.js';
import { defaultSlots, type Slots } from './slots.js';

/** Temporal joins the two with a dot, so neither may contain one. */
const versionPart = z
  .string()
  .regex(/^[^.:\s]{1,100}$/, 'has a dot, a colon or a space in it, or over 100 characters');
const slots = z.coerce.number().int().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

/** The settings that a worker reads from its environment. Temporal's own envconfig reads `TEMPORAL_*`. */
const settings = catalogEnvironment.extend({
  NEON_API_KEY: z.string(),
  NEON_ORG_ID: z.string().optional(),
  NEON_API_HOST: z
    .url({ protocol: /^https?$/, error: 'is not an http(s):// address' })
    .default(defaultNeonHost),
  /** The only host besides this machine that may be called without TLS: an emulator's. */
  NEON_API_INSECURE_HOST: z.string().optional(),
  /** The domains of Neon's computes, separated by commas. */
  NEON_DATABASE_DOMAIN: z
    .string()
    .regex(
      /^[a-z0-9-]+(\.[a-z0-9-]+)*(,[a-z0-9-]+(\.[a-z0-9-]+)*)*$/i,
      'is not a domain, or several with commas between',
    )
    .transform((domains) => domains.split(','))
    .default(defaultDatabaseDomains),
  /** When it is unset, the queue is named after the fleet. */
  TENANTRY_TASK_QUEUE: z.string().optional(),
  /** The build of this worker. When it is set, Temporal keeps runs on their build: docs/deploying.md. */
  TENANTRY_BUILD_ID: versionPart.optional(),
  /** The deployment that the builds belong to. When it is unset, the name is derived from the fleet's. */
  TENANTRY_DEPLOYMENT: versionPart.optional(),
  /** The fleet's file. */
  TENANTRY_CONFIG: z.string().default(() => findFleetFile()),
  /**
   * The most calls to Neon in a second, of all workers of the queue together. Neon allows an account 700 a minute.
   * The server's limiter first lets an extra second's worth through, so 11.2 stays below that.
   */
  TENANTRY_NEON_CALLS_PER_SECOND: z.coerce.number().min(0.01).max(100_000).default(11.2),
  /**
   * The most calls to Neon's consumption history in a minute, of all workers of the queue together. Neon answers an
   * account about 30 a minute.
   */
  TENANTRY_CONSUMPTION_CALLS_PER_MINUTE: z.coerce.number().min(0.6).max(6_000_000).default(25),
  /**
   * The number of concurrent tasks of one worker, by kind. Heavy tasks are dumps, copies and comparisons, which use
   * disk and network; code is the fleet's own migrations and hooks; steps are tasks of seconds; own are the user's
   * own activities.
   */
  TENANTRY_HEAVY_SLOTS: slots.default(defaultSlots.heavy),
  TENANTRY_CODE_SLOTS: slots.default(defaultSlots.code),
  TENANTRY_STEP_SLOTS: slots.default(defaultSlots.steps),
  TENANTRY_NEON_SLOTS: slots.default(defaultSlots.neon),
  TENANTRY_CONSUMPTION_SLOTS: slots.default(defaultSlots.consumption),
  TENANTRY_OWN_SLOTS: slots.default(defaultSlots.own),
  TENANTRY_LOCAL_SLOTS: slots.default(defaultSlots.local),
  TENANTRY_WORKFLOW_SLOTS: slots.min(2).default(defaultSlots.workflows),
  /** The number of workflows kept in memory between their tasks. By default as many as memory allows. */
  TENANTRY_CACHED_WORKFLOWS: z.coerce.number().int().min(2).optional(),
  /** The number of connections to the catalog. By default as many as the slots can use at once. */
  TENANTRY_CATALOG_CONNECTIONS: slots.optional(),
  /** The folder for exports of offboarded tenants; all workers of the queue must share it. */
  TENANTRY_EXPORT_DIR: z.string().optional(),
  /**
   * The file of prebuilt workflows. When it is unset, the worker uses the package's own, or bundles them at its start if
   * there is something of the user's to be in them.
   */
  TENANTRY_WORKFLOW_BUNDLE: z.string().optional(),
  /** How long running tasks may continue after the worker was asked to stop. */
  TENANTRY_SHUTDOWN_GRACE_SECONDS: z.coerce.number().min(0).default(30),
  /** After this many milliseconds another worker takes over a run of a dead worker. */
  TENANTRY_STICKY_TIMEOUT_MS: z.coerce.number().int().positive().default(5_000),
  TENANTRY_LISTEN_HOST: z.string().default('127.0.0.1'),
  /** `/live`, `/ready`, and our own `/metrics`. */
  TENANTRY_HEALTH_PORT: port.optional(),
  /** The metrics of Temporal's core. */
  TENANTRY_METRICS_PORT: port.optional(),
  TENANTRY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

const workerEnvironment = withSafeAddress(settings);
/** For a fleet with its own secret store: nothing is sealed. */
const unsealedEnvironment = withSafeAddress(settings.partial({ TENANTRY_SEAL_KEY: true }));

/**
 * Two settings that are valid alone may together send a key in clear text. That is reported along with any other
 * problem.
 */
function withSafeAddress<Schema extends z.ZodObject>(schema: Schema): Schema {
  return schema.refine((read) => addressProblem(read) === undefined, {
    path: ['NEON_API_HOST'],
    when: () => true,
    error: ({ input }) => addressProblem(input),
  });
}

/** Checks only the readable settings. A malformed address is reported by its own setting. */
function addressProblem(read: unknown): string | undefined {
  const { success, data } = z
    .object({ NEON_API_HOST: z.url({ protocol: /^https?$/ }), NEON_API_INSECURE_HOST: z.string().optional() })
    .safeParse(read);
  return success ? apiAddressProblem(data.NEON_API_HOST, data.NEON_API_INSECURE_HOST) : undefined;
}

/** The settings in their parsed form. */
export type WorkerSettings = z.output<typeof workerEnvironment>;
/** The seal key may be missing if the fleet has its own secret store. */
export type WorkerConfiguration = z.output<typeof unsealedEnvironment>;

/** Reads the settings, for the given fleet if it is known. Throws an `EnvironmentError` that lists every problem. */
export function readWorkerConfiguration(
  environment: NodeJS.ProcessEnv,
  fleet?: Pick<Fleet, 'secrets' | 'encryptPayloads'>,
): Readonly<WorkerConfiguration> {
  if (fleet?.secrets === undefined) return readEnvironment(workerEnvironment, environment);
  const need = sealKeyNeed(fleet);
  return need === undefined
    ? readEnvironment(unsealedEnvironment, environment)
    : readEnvironment(workerEnvironment, environment, { TENANTRY_SEAL_KEY: need });
}

/**
 * Reads a single setting, ignoring faults of the others. `undefined` when it is missing or malformed itself, or is an
 * address that must not be called.
 */
export function readSetting<Name extends keyof WorkerSettings>(
  environment: NodeJS.ProcessEnv,
  name: Name,
): { readonly value: WorkerSettings[Name] } | undefined {
  const set = setVariables(environment);
  const { success, data } = workerEnvironment.shape[name].safeParse(set[name]);
  if (name === 'NEON_API_HOST' && apiAddressProblem(String(data), set.NEON_API_INSECURE_HOST))
    return undefined;
  return success ? { value: data as WorkerSettings[Name] } : undefined;
}

export function slotsOf(configuration: WorkerConfiguration): Slots {
  return {
    heavy: configuration.TENANTRY_HEAVY_SLOTS,
    code: configuration.TENANTRY_CODE_SLOTS,
    steps: configuration.TENANTRY_STEP_SLOTS,
    neon: configuration.TENANTRY_NEON_SLOTS,
    consumption: configuration.TENANTRY_CONSUMPTION_SLOTS,
    own: configuration.TENANTRY_OWN_SLOTS,
    local: configuration.TENANTRY_LOCAL_SLOTS,
    workflows: configuration.TENANTRY_WORKFLOW_SLOTS,
    cached: configuration.TENANTRY_CACHED_WORKFLOWS,
  };
}
