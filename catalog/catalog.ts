import { Kysely, sql } from 'kysely';
import { openPool } from '../connections/open-pool.js';
import type { SecretStore } from '../tenancy/secret-store.js';
import { type Adoptions, createAdoptions } from './adoptions.js';
import { type BackupRecords, createBackupRecords } from './backups.js';
import { type Budgets, createBudgets } from './budgets.js';
import { type Builds, createBuilds } from './builds.js';
import { type Contracts, createContracts } from './contracts.js';
import { CatalogDialect } from './dialect.js';
import { createDrillRecords, type DrillRecords } from './drills.js';
import { createDuties, type Duties } from './duties.js';
import { createEventLog, type EventLog } from './event-log.js';
import { type Gauges, readGauges } from './gauges.js';
import { createHistory, type History } from './history.js';
import { createInventories, type Inventories } from './inventory.js';
import { createKeptQuotas, type KeptQuotas } from './kept-quota.js';
import { createOperations, type Operations } from './operations.js';
import { createProgressRows, type ProgressRows } from './progress.js';
import { createProjects, type Projects } from './projects.js';
import { publishLogin } from './publish-login.js';
import { createQuarantine, type Quarantine } from './quarantine.js';
import { createReconciles, type Reconciles } from './reconciles.js';
import { type Resealed, type ResealOptions, reseal } from './reseal.js';
import { createResources, type Resources } from './resources.js';
import { createRetention, type Retention } from './retention.js';
import { createRollouts, type Rollouts } from './rollouts.js';
import type { CatalogSchema } from './schema.js';
import { createSeal } from './seal.js';
import { createSecrets, type SecretsIn } from './secrets.js';
import { createStalls, type Stalls } from './stalls.js';
import { type ProjectLeft, type ProjectSwitch, switchProject } from './switch-project.js';
import type { Writer } from './tenant.js';
import { createTenants, type Tenants } from './tenants.js';
import { createUsageRecords, type UsageRecords } from './usage.js';
import { createWorkers, type Workers } from './workers.js';

/**
 * The control plane's own memory: the tenants, the state of each, their history, and their secrets.
 *
 * When a row and a secret change together, a reader sees both changes or neither, as long as the catalog holds the
 * secrets. A fleet's own secret store has no transactions: there the row is locked, the secret is written, and then
 * the row, so that no row refers to a missing secret. After a crash in between, only the secret is written, and the
 * retry completes both, because every part can be repeated.
 */
export interface Catalog {
  readonly tenants: Tenants;
  readonly operations: Operations;
  readonly keptQuotas: KeptQuotas;
  readonly adoptions: Adoptions;
  readonly resources: Resources;
  readonly backups: BackupRecords;
  readonly drills: DrillRecords;
  readonly projects: Projects;
  readonly duties: Duties;
  readonly retention: Retention;
  readonly history: History;
  readonly progress: ProgressRows;
  readonly workers: Workers;
  readonly stalls: Stalls;
  readonly rollouts: Rollouts;
  readonly builds: Builds;
  readonly contracts: Contracts;
  readonly reconciles: Reconciles;
  readonly inventories: Inventories;
  readonly quarantine: Quarantine;
  readonly usage: UsageRecords;
  readonly budgets: Budgets;
  readonly events: EventLog;
  readonly secrets: SecretStore;
  /** Reseals a fleet's secrets with the first seal key; absent when the fleet has its own store. */
  readonly reseal?: (fleet: string, options?: ResealOptions) => Promise<Resealed>;
  /**
   * Makes the `next` credential the tenant's current one, and its role the tenant's. Idempotent: repeated, it
   * completes the rest. Returns false when that role has no credential.
   */
  publishLogin(writer: Writer, role: string): Promise<boolean>;
  /**
   * Makes another project the tenant's live one, and the live one a former one, with all related data; or changes
   * nothing. Idempotent. Returns the old project; `undefined` when the other one no longer exists.
   */
  switchProject(writer: Writer, to: ProjectSwitch): Promise<ProjectLeft | undefined>;
  /**
   * The id of this installation, which is created with the catalog. Throws when the catalog is out of reach, or is
   * not migrated.
   */
  installation(): Promise<string>;
  /**
   * Records, at the first call, the owner of the installation's projects at Neon, and returns the recorded owner. A
   * key of another owner sees none of them, so with such a key an absent project proves nothing.
   */
  ownerOfProjects(owner: string): Promise<string>;
  /** A fleet's numbers. */
  gauges(fleet: string, taskQueue: string): Promise<Gauges>;
  /** The number of connections in use, and of callers that wait for one. */
  connections(): CatalogConnections;
  close(): Promise<void>;
}

export interface CatalogConnections {
  readonly busy: number;
  readonly idle: number;
  readonly awaited: number;
}

export interface CatalogOptions {
  /** The connection string of a Postgres database. */
  readonly url: string;
  /**
   * By id, the one that seals first: see `parseSealKeys`. Required unless there is a secret store besides the
   * catalog.
   */
  readonly sealKeys?: ReadonlyMap<string, Buffer> | undefined;
  /** The store of the secrets. @default the catalog, sealed */
  readonly secrets?: SecretStore | undefined;
  /** The most connections at once. @default 10 */
  readonly connections?: number;
}

/** How long a query waits for a connection, new or released. */
const connectMs = 10_000;

/** Longer than any statement of the catalog takes: if one takes longer, its server is lost. */
const queryMs = 20_000;

/** Throws when there is neither a seal key nor a secret store. */
export function openCatalog(options: CatalogOptions): Catalog {
  const { url, secrets, sealKeys = new Map(), connections = 10 } = options;
  const { secretsIn, resealIn } = secrets === undefined ? sealedWith(sealKeys) : keptIn(secrets);
  const pool = openPool({
    connectionString: url,
    connections,
    connectMs,
    queryMs,
    applicationName: 'tenantry',
    traced: true,
  });
  const db = new Kysely<CatalogSchema>({ dialect: new CatalogDialect({ pool }) }).withSchema('tenantry');
  return {
    tenants: createTenants(db),
    operations: createOperations(db),
    keptQuotas: createKeptQuotas(db),
    adoptions: createAdoptions(db),
    resources: createResources(db),
    backups: createBackupRecords(db),
    drills: createDrillRecords(db),
    projects: createProjects(db, secretsIn),
    duties: createDuties(db, secretsIn),
    retention: createRetention(db),
    history: createHistory(db),
    progress: createProgressRows(db, url),
    workers: createWorkers(db),
    stalls: createStalls(db),
    rollouts: createRollouts(db),
    builds: createBuilds(db),
    contracts: createContracts(db),
    reconciles: createReconciles(db),
    inventories: createInventories(db),
    quarantine: createQuarantine(db),
    usage: createUsageRecords(db),
    budgets: createBudgets(db),
    events: createEventLog(db, sealKeys),
    secrets: secretsIn(db),
    ...(resealIn && { reseal: (fleet, options) => resealIn(db, fleet, options) }),
    publishLogin: (writer, role) =>
      db.transaction().execute((tx) => publishLogin(tx, secretsIn(tx), writer, role)),
    switchProject: (writer, to) =>
      db.transaction().execute((tx) => switchProject(tx, secretsIn(tx), writer, to)),
    async installation() {
      const { id } = await db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
      return id;
    },
    async ownerOfProjects(owner) {
      const noted = await db
        .updateTable('installation')
        .set({ neon_organization: sql`coalesce(neon_organization, ${owner})` })
        .returning('neon_organization')
        .executeTakeFirstOrThrow();
      return noted.neon_organization ?? owner;
    },
    gauges: (fleet, taskQueue) => readGauges(db, fleet, taskQueue),
    connections: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      awaited: pool.waitingCount,
    }),
    close: () => db.destroy(),
  };
}

/** The secrets that a transaction works with, and how they are resealed. */
interface Secrets {
  readonly secretsIn: SecretsIn;
  readonly resealIn?: (
    db: Kysely<CatalogSchema>,
    fleet: string,
    options?: ResealOptions,
  ) => Promise<Resealed>;
}

/** The catalog's own secrets, which are part of the transaction. */
function sealedWith(sealKeys: ReadonlyMap<string, Buffer>): Secrets {
  const seal = createSeal(sealKeys);
  return {
    secretsIn: (tx) => createSecrets(tx, seal),
    resealIn: (db, fleet, options) => reseal(db, seal, fleet, options),
  };
}

/** The secrets of a fleet's own store, which has no transactions. */
function keptIn(secrets: SecretStore): Secrets {
  return { secretsIn: () => secrets };
}
