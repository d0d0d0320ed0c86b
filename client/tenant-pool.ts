import pg from 'pg';
import { openPool, type PoolSettings } from '../connections/open-pool.js';
import { ScramClient } from '../connections/scram-client.js';
import { isSessionSound } from '../connections/session-sound.js';

/**
 * A `pg.Pool` of one tenant's database, for requests and for libraries that take one. It stays valid: its credential
 * may change, and its connections may be closed when other tenants need their place; the next use opens them again.
 *
 * `end()` closes nothing: libraries end the pool that they were given, and this one is shared. Its connections close
 * when they have been idle, and all of them with the client's `close()`. Its counts of connections are those of an
 * empty pool.
 */
export type TenantPool = pg.Pool;

/** The tenant's current credential in the catalog. */
export interface PresentCredential {
  readonly connectionString: string;
  /** Changes whenever the tenant's credential or state does, unless it changed back in between. */
  readonly version: string;
}

/** The catalog's present data about the tenant, without its secret. */
export interface Look {
  readonly version: string;
  /** The newest migration of its database. */
  readonly schemaVersion: string | undefined;
}

export interface TenantPoolOptions {
  /** Reads the credential from the catalog. Throws `TenantNotFoundError`, `TenantNotReadyError`. */
  readonly present: () => Promise<PresentCredential>;
  /** Reads the data from the catalog, without the secret. */
  readonly look: () => Promise<Look>;
  /** The error for a database that refuses the credential that the catalog has. */
  readonly refused: () => Error;
  /** Whether the error means that the catalog was out of reach, rather than what it said. */
  readonly isAway: (error: unknown) => boolean;
  /** Called after each query of the catalog, with whether it responded. */
  readonly looked: (answer: 'came' | 'away') => void;
  /** Requests a place among the pools that may have open connections. Throws once all pools are closed. */
  readonly takePlace: () => void;
  /** How long the catalog's data stays valid, in milliseconds. */
  readonly freshForMs: number;
  readonly pool: Omit<PoolSettings, 'connectionString' | 'Client'>;
}

interface Present extends PresentCredential {
  readonly pool: pg.Pool;
}

/** How long a request waits for a catalog that does not respond, if it has a credential that worked a moment ago. */
const patienceMs = 500;

/**
 * A pool that follows its tenant. At regular intervals, and whenever a connection is refused, it asks the catalog
 * whether the credential is still current; if not, it continues with the new one, and the old pool closes once its
 * queries are done. While the catalog is out of reach it keeps its credential: the tenant's own database still
 * refuses anyone who may not connect.
 */
export class FollowingPool extends pg.Pool {
  readonly #options: TenantPoolOptions;
  #present: Present | undefined;
  #schemaVersion: string | undefined;
  #checkedAt = 0;
  #checking: Promise<Present> | undefined;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: TenantPoolOptions) {
    // It opens no connections itself; `query` takes a connection for one statement.
    super();
    this.#options = options;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(tell: ToldOfConnection): void;
  override connect(tell?: ToldOfConnection): Promise<pg.PoolClient> | undefined {
    const connecting = this.#connect();
    if (tell === undefined) return connecting;
    connecting.then(
      (client) => tell(undefined, client, client.release),
      (error: Error) => tell(error, undefined, () => {}),
    );
    return undefined;
  }

  override end(): Promise<void>;
  override end(done: () => void): void;
  override end(done?: () => void): Promise<void> {
    done?.();
    return Promise.resolve();
  }

  /** Only connecting is retried: nobody can know whether an interrupted statement took effect. */
  async #connect(): Promise<pg.PoolClient> {
    this.#options.takePlace();
    const present = await this.#fresh();
    try {
      return keptWhileSound(await present.pool.connect());
    } catch (error) {
      // A wrong password may be an older one of the same login, which only the secret shows, not the version.
      const renewed = await (isWrongPassword(error) ? this.#reopen(present) : this.#check());
      if (renewed !== present) return keptWhileSound(await renewed.pool.connect());
      throw isWrongPassword(error) ? this.#options.refused() : error;
    }
  }

  /** Asks the catalog if the last result has expired. Throws `TenantNotFoundError`, `TenantNotReadyError`. */
  async ready(): Promise<void> {
    await this.#fresh();
  }

  /**
   * The newest migration of the database, according to the catalog; it is read again if the last known one is too
   * old.
   */
  async schemaVersion(isEnough: (newest: string | undefined) => boolean): Promise<string | undefined> {
    if (!isEnough(this.#schemaVersion)) await this.#check();
    return this.#schemaVersion;
  }

  /** Closes its connections once their queries are done. */
  async close(): Promise<void> {
    const { pool } = this.#present ?? {};
    this.#present = undefined;
    this.#closing = Promise.all([this.#closing, pool?.end()]);
    await this.#closing;
  }

  async #fresh(): Promise<Present> {
    const present = this.#present;
    if (present === undefined) return this.#check();
    if (Date.now() - this.#checkedAt < this.#options.freshForMs) return present;
    return orAfter(patienceMs, this.#check(), () => this.#present ?? present);
  }

  /** Concurrent callers share one query of the catalog. */
  #check(): Promise<Present> {
    this.#checking ??= this.#renew().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #renew(): Promise<Present> {
    const before = this.#present;
    try {
      // The version comes first, so that a change between the two reads is noticed the next time.
      const { version, schemaVersion } = await this.#options.look();
      this.#schemaVersion = schemaVersion;
      const same = before !== undefined && version === before.version;
      const present = same ? before : this.#goOnWith(await this.#options.present());
      this.#options.looked('came');
      this.#checkedAt = Date.now();
      return present;
    } catch (error) {
      if (!this.#options.isAway(error)) {
        void this.close();
        throw error;
      }
      this.#options.looked('away');
      if (before === undefined) throw error;
      this.#checkedAt = Date.now();
      return before;
    }
  }

  /** Opens the secret again, even if the version has not changed. */
  async #reopen(refused: Present): Promise<Present> {
    if (this.#present !== undefined && this.#present !== refused) return this.#present;
    const found = await this.#options.present();
    return found.connectionString === refused.connectionString ? refused : this.#goOnWith(found);
  }

  #goOnWith(found: PresentCredential): Present {
    // Another pool may have taken its place during the query of the catalog.
    this.#options.takePlace();
    const former = this.#present?.pool;
    const { connectionString } = found;
    const pool = openPool({ ...this.#options.pool, connectionString, Client: ScramClient });
    const present = { ...found, pool };
    this.#present = present;
    void former?.end();
    return present;
  }
}

type ToldOfConnection = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: pg.PoolClient['release'],
) => void;

/** A single refused statement leaves its connection sound, even though it is released with the error. Within a transaction it does not. */
function keptWhileSound(client: pg.PoolClient): pg.PoolClient {
  const { release } = client;
  client.release = (error) =>
    release.call(client, isSessionSound(error) && client.getTransactionStatus() === 'I' ? undefined : error);
  return client;
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '28P01';
}

/** The result of the work, or of the alternative once the work has taken this long. */
async function orAfter<T>(ms: number, work: Promise<T>, other: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(other()), ms);
  });
  // When nothing waits for it any more, its failure is ignored.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
