import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  asSuperuser,
  type Cluster,
  type ClusterOptions,
  controlData,
  copyRunning,
  copyStopped,
  type LogPosition,
  type Moment,
  type Postgres,
  recoverCluster,
  restoreFrom,
  startCluster,
} from '../../postgres/index.js';
import { type DataOwner, dataDirOf } from './data-owner.js';
import type { History } from './history.js';
import { type Inventory, inventoryOf } from './inventory.js';
import { stripRows } from './strip-rows.js';
import { type ClusterRoom, superuser } from './template.js';

/** What new data is to be made from. */
export interface Making {
  readonly source: DataOwner;
  readonly moment: Moment;
  readonly content: 'parent-data' | 'schema-only';
  /** Whether what is made will itself be asked for its past. A snapshot is not: it has none. */
  readonly remembers: boolean;
}

/** What has been made. */
export interface Made {
  /** The place in the source's log that it shows. */
  readonly lsn: LogPosition;
  /** What was in the source then, where that was not now. */
  readonly inventory?: Inventory | undefined;
}

/** How the cluster of an unfinished copy is run, by ourselves and for nobody else. */
type Own = Omit<ClusterOptions, 'settings' | 'listen'>;

/** Data directories made out of others. The source's cluster, when it runs, goes on as if nothing were. */
export class Copies {
  readonly #postgres: Postgres;
  readonly #room: ClusterRoom;
  readonly #history: History;

  constructor(postgres: Postgres, room: ClusterRoom, history: History) {
    this.#postgres = postgres;
    this.#room = room;
    this.#history = history;
  }

  make(making: Making, running: Cluster | undefined, to: string, logFile: string): Promise<Made> {
    const { source, moment, content } = making;
    const from = dataDirOf(this.#room, source);
    const own = this.#asOurselves(to, logFile);
    return moment === undefined
      ? this.#head(from, running, content, own)
      : this.#past(from, running, { moment, content }, own);
  }

  /** The end of a log, as far as it can be known without waking anybody; unknown after a crash. */
  async headOf(dataDir: string, running: Cluster | undefined): Promise<LogPosition | undefined> {
    if (running !== undefined) return currentPosition(running, 'pg_catalog.pg_current_wal_lsn()');
    const { cleanlyStopped, checkpoint } = await controlData(this.#postgres, dataDir);
    return cleanlyStopped ? checkpoint : undefined;
  }

  async #head(
    from: string,
    running: Cluster | undefined,
    content: Making['content'],
    own: Own,
  ): Promise<Made> {
    const lsn = (await this.headOf(from, running)) ?? (await controlData(this.#postgres, from)).checkpoint;
    if (running === undefined) await copyStopped(this.#postgres, from, own.dataDir);
    else await copyRunning(this.#postgres, running, own.dataDir);
    // The lock file of a source that was killed says nothing about the copy.
    rmSync(join(own.dataDir, 'postmaster.pid'), { force: true });
    if (content === 'schema-only') {
      const cluster = await startCluster({ ...own, settings: { archive_mode: 'off' } });
      await stripRows(cluster).finally(() => cluster.stop());
    }
    return { lsn };
  }

  async #past(
    from: string,
    running: Cluster | undefined,
    { moment, content }: { readonly moment: NonNullable<Moment>; readonly content: Making['content'] },
    own: Own,
  ): Promise<Made> {
    const base = await this.#history.baseBefore(from, moment);
    if (running !== undefined) await writeOut(running);
    await copyStopped(this.#postgres, base.folder, own.dataDir);
    const cluster = await recoverCluster({
      ...own,
      restoreCommand: restoreFrom(this.#history.archiveOf(from), join(from, 'pg_wal')),
      target: moment,
    });
    try {
      const inventory = await inventoryOf(cluster);
      const lsn = await currentPosition(cluster, 'pg_catalog.pg_last_wal_replay_lsn()');
      if (content === 'schema-only') await stripRows(cluster);
      return { lsn, inventory };
    } finally {
      await cluster.stop();
    }
  }

  #asOurselves(dataDir: string, logFile: string) {
    const { password } = this.#room;
    return {
      postgres: this.#postgres,
      dataDir,
      logFile,
      superuser,
      password,
      durability: 'process',
    } as const;
  }
}

type PositionFunction = 'pg_catalog.pg_current_wal_lsn()' | 'pg_catalog.pg_last_wal_replay_lsn()';

function currentPosition(cluster: Cluster, what: PositionFunction): Promise<LogPosition> {
  return asSuperuser(cluster, 'postgres', async (client) => {
    const { rows } = await client.query<{ lsn: string | null }>(`SELECT ${what} AS lsn`);
    return rows[0]?.lsn ?? '0/0';
  });
}

/**
 * A replay only stops at a commit that is later than its moment, and there may be none: so one is made. The switch has
 * everything written up to there.
 */
async function writeOut(cluster: Cluster): Promise<void> {
  await asSuperuser(cluster, 'postgres', async (client) => {
    await client.query('SELECT pg_catalog.pg_current_xact_id()');
    await client.query('SELECT pg_catalog.pg_switch_wal()');
  });
}
