import pg from 'pg';
import { openPool, type PoolSettings } from '../connections/open-pool.js';
import { ScramClient } from '../connections/scram-client.js';
import { isSessionSound } from '../connections/session-sound.js';

/**
 * One tenant's way into its database, as a request uses it, and as libraries take a `pg.Pool`: it is one. It is for keeps: what it
 * connects with may change, and its connections may be closed when others need their place; the next use opens them again.
 *
 * `end()` closes nothing: libraries end the pool that they were given once they are done, and it is not theirs alone. Its
 * connections close when they have been idle, and all of them with `close()` of the client. The counts of connections are those
 * of a pool that has none.
 */
export type TenantPool = pg.Pool;

/** What a pool is made with, as the catalog has it now. */
export interface PresentCredential {
  readonly connectionString: string;
  /** Changes whenever the tenant's credential or state does, unless it changed back in between. */
  readonly version: string;
}

/** What the catalog says of the tenant now, without its secret. */
export interface Look {
  readonly version: string;
  /** The newest migration that its database has. */
  readonly schemaVersion: string | undefined;
}

export interface TenantPoolOptions {
  /** What the catalog says now. Throws `TenantNotFoundError`, `TenantNotReadyError`. */
  readonly present: () => Promise<PresentCredential>;
  /** What the catalog says now, without the secret. */
  readonly look: () => Promise<Look>;
  /** What is thrown where the database refuses the credential that the catalog has. */
  readonly refused: () => Error;
  /** Whether what went wrong is that the catalog could not be asked, rather than what it said. */
  readonly isAway: (error: unknown) => boolean;
  /** Told of each look at the catalog that had an answer, or had none. */
  readonly looked: (answer: 'came' | 'away') => void;
  /** Asks for a place among the pools that may have connections open. Throws once all pools are closed. */
  readonly takePlace: () => void;
  /** How long what the catalog said is taken for true, in milliseconds. */
  readonly freshForMs: number;
  readonly pool: Omit<PoolSettings, 'connectionString' | 'Client'>;
}

interface Present extends PresentCredential {
  readonly pool: pg.Pool;
}

/** How long a request waits for a catalog that does not answer, where there is a credential that was good a moment ago. */
const patienceMs = 500;

/**
 * A pool that follows its tenant. Every so often, and whenever a connection is refused, it asks the catalog whether the
 * credential is still the one; when not, it goes on with the new one, and the old pool closes once its queries are done. While the
 * catalog is away it goes on with what it has: the tenant's own database lets nobody in whom it should not.
 */
export class FollowingPool extends pg.Pool {
  readonly #options: TenantPoolOptions;
  #present: Present | undefined;
  #schemaVersion: string | undefined;
  #checkedAt = 0;
  #checking: Promise<Present> | undefined;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: TenantPoolOptions) {
    // It makes no connections itself; `query` is a connection for one statement.
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

  /** Only the way in is tried twice: whether a statement that broke off was done, nobody can know. */
  async #connect(): Promise<pg.PoolClient> {
    this.#options.takePlace();
    const present = await this.#fresh();
    try {
      return keptWhileSound(await present.pool.connect());
    } catch (error) {
      // A password that is wrong may be an older one of the same login: the version cannot tell, the secret can.
      const renewed = await (isWrongPassword(error) ? this.#reopen(present) : this.#check());
      if (renewed !== present) return keptWhileSound(await renewed.pool.connect());
      throw isWrongPassword(error) ? this.#options.refused() : error;
    }
  }

  /** Looks at the catalog if it is time to. Throws `TenantNotFoundError`, `TenantNotReadyError`. */
  async ready(): Promise<void> {
    await this.#fresh();
  }

  /** The newest migration that the database has, by the catalog; read again where what was read last is not enough. */
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

  /** However many wait for it, the catalog is asked once. */
  #check(): Promise<Present> {
    this.#checking ??= this.#renew().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #renew(): Promise<Present> {
    const before = this.#present;
    try {
      // The version first: what changes between the two is noticed at the next look.
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

  /** Opens the secret once more, whatever the version says. */
  async #reopen(refused: Present): Promise<Present> {
    if (this.#present !== undefined && this.#present !== refused) return this.#present;
    const found = await this.#options.present();
    return found.connectionString === refused.connectionString ? refused : this.#goOnWith(found);
  }

  #goOnWith(found: PresentCredential): Present {
    // It may have lost its place while it asked the catalog.
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

/** One statement that was refused leaves a connection as good as before, though it is given back with the error. In a transaction it doesn't. */
function keptWhileSound(client: pg.PoolClient): pg.PoolClient {
  const { release } = client;
  client.release = (error) =>
    release.call(client, isSessionSound(error) && client.getTransactionStatus() === 'I' ? undefined : error);
  return client;
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '28P01';
}

/** What comes of the work, or of the other once it has taken so long. */
async function orAfter<T>(ms: number, work: Promise<T>, other: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(other()), ms);
  });
  // Once nobody waits for it any more, it fails unheard.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
