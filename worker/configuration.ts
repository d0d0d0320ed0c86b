import { z } from 'zod';
import { catalogEnvironment } from '../catalog/environment.js';
import { apiAddressProblem } from '../neon/api-address.js';
import { defaultNeonHost } from '../neon/neon-client.js';
import { defaultDatabaseDomains } from '../neon/trusted-uri.js';
import { readEnvironment, setVariables } from '../tenancy/environment.js';
import { type Fleet, sealKeyNeed } from '../tenancy/fleet.js';
import { findFleetFile } from './fleet-file.js';
import { defaultSlots, type Slots } from './slots.js';

/** Temporal joins the two with a dot, so that neither may have one. */
const versionPart = z
  .string()
  .regex(/^[^.:\s]{1,100}$/, 'has a dot, a colon or a space in it, or over 100 characters');
const slots = z.coerce.number().int().min(1);
const port = z.coerce.number().int().min(0).max(65_535);

/** What a worker reads from its environment. `TEMPORAL_*` is read besides, by Temporal's own envconfig. */
const settings = catalogEnvironment.extend({
  NEON_API_KEY: z.string(),
  NEON_ORG_ID: z.string().optional(),
  NEON_API_HOST: z
    .url({ protocol: /^https?$/, error: 'is not an http(s):// address' })
    .default(defaultNeonHost),
  /** The one host besides this machine that may be spoken to in clear: where an emulator answers. */
  NEON_API_INSECURE_HOST: z.string().optional(),
  /** The domains below which Neon's computes answer, with commas between. */
  NEON_DATABASE_DOMAIN: z
    .string()
    .regex(
      /^[a-z0-9-]+(\.[a-z0-9-]+)*(,[a-z0-9-]+(\.[a-z0-9-]+)*)*$/i,
      'is not a domain, or several with commas between',
    )
    .transform((domains) => domains.split(','))
    .default(defaultDatabaseDomains),
  /** Without it, the queue that is named for the fleet. */
  TENANTRY_TASK_QUEUE: z.string().optional(),
  /** Which build of the workers this is. With it, Temporal keeps runs apart by build: docs/deploying.md. */
  TENANTRY_BUILD_ID: versionPart.optional(),
  /** What the builds are builds of. Without it, a name made of the fleet's. */
  TENANTRY_DEPLOYMENT: versionPart.optional(),
  /** The fleet's file. */
  TENANTRY_CONFIG: z.string().default(() => findFleetFile()),
  /**
   * Calls to Neon that all workers of the queue make together in a second. Neon allows an account 700 a minute; the
   * server's limiter lets a second's worth more through at first, so 11 stays below that.
   */
  TENANTRY_NEON_CALLS_PER_SECOND: z.coerce.number().positive().default(11),
  /**
   * How much one worker does at once, by kind. Dumps, copies and comparisons take disk and network; migrations and hooks are
   * the fleet's own code; steps are those of seconds; own are the user's own activities.
   */
  TENANTRY_HEAVY_SLOTS: slots.default(defaultSlots.heavy),
  TENANTRY_CODE_SLOTS: slots.default(defaultSlots.code),
  TENANTRY_STEP_SLOTS: slots.default(defaultSlots.steps),
  TENANTRY_NEON_SLOTS: slots.default(defaultSlots.neon),
  TENANTRY_OWN_SLOTS: slots.default(defaultSlots.own),
  TENANTRY_LOCAL_SLOTS: slots.default(defaultSlots.local),
  TENANTRY_WORKFLOW_SLOTS: slots.min(2).default(defaultSlots.workflows),
  /** Workflows kept in memory between their turns. By default as many as memory allows. */
  TENANTRY_CACHED_WORKFLOWS: z.coerce.number().int().min(2).optional(),
  /** Connections to the catalog. By default as many as the slots can use at once. */
  TENANTRY_CATALOG_CONNECTIONS: slots.optional(),
  /** A folder for the exports of tenants that are offboarded; all workers of the queue must share it. */
  TENANTRY_EXPORT_DIR: z.string().optional(),
  /** Workflows bundled beforehand. Without it the worker bundles them when it starts. */
  TENANTRY_WORKFLOW_BUNDLE: z.string().optional(),
  /** How long running tasks may continue after the worker was told to stop. */
  TENANTRY_SHUTDOWN_GRACE_SECONDS: z.coerce.number().min(0).default(30),
  /** After this many milliseconds a run that a dead worker held goes to another. */
  TENANTRY_STICKY_TIMEOUT_MS: z.coerce.number().int().positive().default(5_000),
  TENANTRY_LISTEN_HOST: z.string().default('127.0.0.1'),
  /** `/live`, `/ready`, and `/metrics` of our own. */
  TENANTRY_HEALTH_PORT: port.optional(),
  /** The metrics of Temporal's core. */
  TENANTRY_METRICS_PORT: port.optional(),
  TENANTRY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

const workerEnvironment = withSafeAddress(settings);
/** Of a fleet that keeps its secrets elsewhere: nothing is sealed. */
const unsealedEnvironment = withSafeAddress(settings.partial({ TENANTRY_SEAL_KEY: true }));

/** Two settings, each fine alone, may together send a key in the clear. That is reported along with any other problem. */
function withSafeAddress<Schema extends z.ZodObject>(schema: Schema): Schema {
  return schema.refine((read) => addressProblem(read) === undefined, {
    path: ['NEON_API_HOST'],
    when: () => true,
    error: ({ input }) => addressProblem(input),
  });
}

/** Of what is readable of the settings. An address that is none is told of by its own setting. */
function addressProblem(read: unknown): string | undefined {
  const { success, data } = z
    .object({ NEON_API_HOST: z.url({ protocol: /^https?$/ }), NEON_API_INSECURE_HOST: z.string().optional() })
    .safeParse(read);
  return success ? apiAddressProblem(data.NEON_API_HOST, data.NEON_API_INSECURE_HOST) : undefined;
}

/** Each setting as it is where it is needed. */
export type WorkerSettings = z.output<typeof workerEnvironment>;
/** The seal key may be missing where the fleet has a store of secrets of its own. */
export type WorkerConfiguration = z.output<typeof unsealedEnvironment>;

/** For a worker of that fleet, if it is known. Throws `EnvironmentError` that lists every problem at once. */
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
 * One setting alone, whatever is wrong with the others; nothing when it is missing or malformed itself, or is an address
 * that nothing may be sent to.
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
    own: configuration.TENANTRY_OWN_SLOTS,
    local: configuration.TENANTRY_LOCAL_SLOTS,
    workflows: configuration.TENANTRY_WORKFLOW_SLOTS,
    cached: configuration.TENANTRY_CACHED_WORKFLOWS,
  };
}
