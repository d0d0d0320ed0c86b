import pg from 'pg';
import { ScramClient } from '../catalog/scram-client.js';

/** One tenant's way into its database, as a request uses it. It is for keeps: what it connects with may change. */
export interface TenantPool {
  /** Runs one statement as the tenant's own role. */
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** A connection to hold on to, for a transaction; `release()` gives it back. */
  connect(): Promise<pg.PoolClient>;
}

/** What a pool is made with, as the catalog has it now. */
export interface PresentCredential {
  readonly connectionString: string;
  /** Changes whenever the tenant's credential or state does. */
  readonly version: string;
}

export interface TenantPoolOptions {
  /** What the catalog says now. Throws `TenantNotFoundError`, `TenantNotReadyError`. */
  readonly present: () => Promise<PresentCredential>;
  /** What the catalog says now, without the secret. */
  readonly version: () => Promise<string>;
  /** What is thrown where the database refuses the credential that the catalog has. */
  readonly refused: () => Error;
  /** How long what the catalog said is taken for true, in milliseconds. */
  readonly freshForMs: number;
  readonly pool: Omit<pg.PoolConfig, 'connectionString'>;
}

/**
 * A pool that follows its tenant. Every so often, and whenever a connection is refused, it asks the catalog whether the
 * credential is still the one; when not, it goes on with the new one, and the old pool closes once its queries are done.
 */
export class FollowingPool implements TenantPool {
  readonly #options: TenantPoolOptions;
  #present: { readonly pool: pg.Pool; readonly version: string } | undefined;
  #checkedAt = 0;
  #checking: Promise<pg.Pool> | undefined;

  constructor(options: TenantPoolOptions) {
    this.#options = options;
  }

  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const client = await this.connect();
    try {
      const result = await client.query<Row>(text, [...values]);
      client.release();
      return result;
    } catch (error) {
      // A statement of the user's that Postgres refuses leaves the connection good; anything else may not.
      client.release(!(error instanceof pg.DatabaseError));
      throw error;
    }
  }

  /** Only the way in is tried twice: whether a statement that broke off was done, nobody can know. */
  async connect(): Promise<pg.PoolClient> {
    const pool = await this.#fresh();
    try {
      return await pool.connect();
    } catch (error) {
      const renewed = await this.#check();
      if (renewed !== pool) return renewed.connect();
      throw isWrongPassword(error) ? this.#options.refused() : error;
    }
  }

  /** Looks at the catalog if it is time to. Throws `TenantNotFoundError`, `TenantNotReadyError`. */
  async ready(): Promise<void> {
    await this.#fresh();
  }

  async close(): Promise<void> {
    const { pool } = this.#present ?? {};
    this.#present = undefined;
    await pool?.end();
  }

  async #fresh(): Promise<pg.Pool> {
    const { freshForMs } = this.#options;
    if (this.#present !== undefined && Date.now() - this.#checkedAt < freshForMs) return this.#present.pool;
    return this.#check();
  }

  /** However many wait for it, the catalog is asked once. */
  #check(): Promise<pg.Pool> {
    this.#checking ??= this.#renew().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #renew(): Promise<pg.Pool> {
    if (this.#present !== undefined && (await this.#options.version()) === this.#present.version) {
      this.#checkedAt = Date.now();
      return this.#present.pool;
    }
    const former = this.#present?.pool;
    const { connectionString, version } = await this.#options.present().catch((error: unknown) => {
      void this.close();
      throw error;
    });
    const pool = new pg.Pool({ ...this.#options.pool, connectionString, Client: ScramClient });
    // A connection that breaks while idle is replaced at the next query; unheard, the event would end the process.
    pool.on('error', () => {});
    // So would that of one that breaks while a request has it, whose query fails anyway.
    pool.on('connect', (client) => client.on('error', () => {}));
    this.#present = { pool, version };
    this.#checkedAt = Date.now();
    void former?.end();
    return pool;
  }
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '28P01';
}
