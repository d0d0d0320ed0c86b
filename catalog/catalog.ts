import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { createHistory, type History } from './history.js';
import { createOperations, type Operations } from './operations.js';
import { createResources, type Resources } from './resources.js';
import type { CatalogSchema } from './schema.js';
import { createSeal } from './seal.js';
import { createSecrets, type Secrets } from './secrets.js';
import type { Writer } from './tenant.js';
import { createTenants, type Tenants } from './tenants.js';

/** The control plane's own memory: which tenants there are, where each stands, what was done
 * to it, and its sealed secrets. */
export interface Catalog {
  readonly tenants: Tenants;
  readonly operations: Operations;
  readonly resources: Resources;
  readonly history: History;
  readonly secrets: Secrets;
  /** Notes a project that was just made and seals its owner's connection string, both or neither. */
  recordCreated(writer: Writer, projectId: string, owner: string): Promise<void>;
  /** The id of this installation, made with the catalog. Throws when the catalog cannot be reached, or is not migrated. */
  installation(): Promise<string>;
  close(): Promise<void>;
}

export interface CatalogOptions {
  /** A Postgres connection string. */
  readonly url: string;
  /** By id, the sealing one first: see `parseSealKeys`. */
  readonly sealKeys: ReadonlyMap<string, Buffer>;
  /** The most connections held at once. @default 10 */
  readonly connections?: number;
}

export function openCatalog({ url, sealKeys, connections = 10 }: CatalogOptions): Catalog {
  const pool = new pg.Pool({ connectionString: url, max: connections, application_name: 'tenantry' });
  // A connection that breaks while idle is replaced at the next query; unheard, the event would end the process.
  pool.on('error', () => {});
  const db = new Kysely<CatalogSchema>({ dialect: new PostgresDialect({ pool }) }).withSchema('tenantry');
  const seal = createSeal(sealKeys);
  return {
    tenants: createTenants(db),
    operations: createOperations(db),
    resources: createResources(db),
    history: createHistory(db),
    secrets: createSecrets(db, seal),
    recordCreated: (writer, projectId, owner) =>
      db.transaction().execute(async (tx) => {
        await createTenants(tx).recordProject(writer, projectId);
        await createSecrets(tx, seal).put(writer, 'owner', owner);
      }),
    async installation() {
      const { id } = await db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
      return id;
    },
    close: () => db.destroy(),
  };
}
