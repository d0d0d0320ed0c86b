import { type Kysely, sql } from 'kysely';
import type { KeyRefusal } from '../tenancy/key-refusal.js';
import { storableJson } from '../tenancy/storable.js';
import type { CatalogSchema } from './schema.js';

/** A worker, as its heartbeat describes it. */
export interface WorkerKey {
  readonly fleet: string;
  readonly taskQueue: string;
  /** A UUID of this process. */
  readonly id: string;
}

/** What a worker reports with every heartbeat. */
export interface WorkerState {
  readonly identity: string;
  readonly build: string | undefined;
  readonly keyRefusal?: KeyRefusal | undefined;
}

export interface KnownWorker {
  /** The process: its number and its host. */
  readonly identity: string;
  readonly build: string | undefined;
  readonly keyRefusal: KeyRefusal | undefined;
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** It has reported that it is stopping. */
  readonly hasLeft: boolean;
  /** The time since its last heartbeat, by the catalog's clock, in milliseconds. */
  readonly silentForMs: number;
}

/** The workers, by the heartbeat that each writes every second. */
export interface Workers {
  /** Writes the worker's heartbeat. */
  beat(key: WorkerKey, as: WorkerState): Promise<void>;
  /** Records that the worker has stopped. */
  leave(key: WorkerKey): Promise<void>;
  /** The workers of a queue: running ones first, then by when they were last seen. A stopped or killed one is listed for a day. */
  of(fleet: string, taskQueue: string): Promise<KnownWorker[]>;
}

/** A worker without a heartbeat for this time, in milliseconds, counts as dead: three beats, and a little. */
export const deadAfterMs = 3_500;

/** Whether a worker takes no tasks any more. */
export function isGone({ hasLeft, silentForMs }: Pick<KnownWorker, 'hasLeft' | 'silentForMs'>): boolean {
  return hasLeft || silentForMs > deadAfterMs;
}

/** Between two beats, in milliseconds. */
export const beatMs = 1_000;

export function createWorkers(db: Kysely<CatalogSchema>): Workers {
  return {
    async beat({ fleet, taskQueue, id }, { identity, build, keyRefusal }) {
      const key_refusal = keyRefusal === undefined ? null : storableJson(keyRefusal);
      await db
        .insertInto('workers')
        .values({ fleet, task_queue: taskQueue, id, identity, build: build ?? null, key_refusal })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'task_queue', 'id']).doUpdateSet({ seen_at: sql`now()`, key_refusal }),
        )
        .execute();
    },
    async leave({ fleet, taskQueue, id }) {
      await db
        .updateTable('workers')
        .set({ seen_at: sql`now()`, left_at: sql`now()`, key_refusal: null })
        .where('fleet', '=', fleet)
        .where('task_queue', '=', taskQueue)
        .where('id', '=', id)
        .execute();
      await db
        .deleteFrom('workers')
        .where('fleet', '=', fleet)
        .where('task_queue', '=', taskQueue)
        .where('seen_at', '<', sql<Date>`now() - interval '1 day'`)
        .execute();
    },
    async of(fleet, taskQueue) {
      const rows = await db
        .selectFrom('workers')
        .select(['identity', 'build', 'started_at', 'seen_at', 'key_refusal', 'left_at'])
        .select(sql<number>`extract(epoch from now() - seen_at)::float8 * 1000`.as('silent_for_ms'))
        .where('fleet', '=', fleet)
        .where('task_queue', '=', taskQueue)
        .orderBy(
          sql`left_at is not null or seen_at < now() - ${deadAfterMs}::float8 * interval '1 millisecond'`,
        )
        .orderBy('seen_at', 'desc')
        .limit(100)
        .execute();
      return rows.map(({ identity, build, started_at, seen_at, key_refusal, left_at, silent_for_ms }) => ({
        identity,
        build: build ?? undefined,
        keyRefusal: key_refusal ?? undefined,
        startedAt: started_at,
        seenAt: seen_at,
        hasLeft: left_at !== null,
        silentForMs: silent_for_ms,
      }));
    },
  };
}
