import { type Kysely, sql } from 'kysely';
import type { CatalogSchema } from './schema.js';

/** A build of the application, as its processes register it. */
export interface Build {
  /** The same for all processes of a release. */
  readonly id: string;
  /** The newest migration that it was written with, by number or name. */
  readonly schema: string;
}

export interface KnownBuild extends Build {
  readonly firstSeenAt: Date;
  readonly seenAt: Date;
  /** Whether it holds back contracts that are newer than it, because it was seen within `timings.buildSilence`. */
  readonly counts: boolean;
}

export interface Builds {
  /** Records that a process of the build is running. */
  beat(fleet: string, build: Build): Promise<void>;
  /** The builds of a fleet, the one with the oldest schema first: at most 1,000. */
  list(fleet: string, silenceMs: number): Promise<KnownBuild[]>;
  /** Returns whether the build was known. If a process of it is still running, that registers it again. */
  forget(fleet: string, id: string): Promise<boolean>;
}

export const numberOfBuild = sql<string>`coalesce(substring(schema from '^[0-9]+')::numeric, -1)`;

export function seenWithin(silenceMs: number) {
  return sql<boolean>`seen_at > now() - make_interval(secs => ${silenceMs / 1000})`;
}

export function createBuilds(db: Kysely<CatalogSchema>): Builds {
  return {
    async beat(fleet, { id, schema }) {
      await db
        .insertInto('builds')
        .values({ fleet, id, schema })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'id']).doUpdateSet({ schema, seen_at: sql`now()` }),
        )
        .execute();
    },
    async list(fleet, silenceMs) {
      const rows = await db
        .selectFrom('builds')
        .selectAll()
        .select(seenWithin(silenceMs).as('counts'))
        .where('fleet', '=', fleet)
        .orderBy(numberOfBuild)
        .orderBy('id')
        .limit(1_000)
        .execute();
      return rows.map(({ id, schema, first_seen_at, seen_at, counts }) => ({
        id,
        schema,
        firstSeenAt: first_seen_at,
        seenAt: seen_at,
        counts,
      }));
    },
    async forget(fleet, id) {
      const { numDeletedRows } = await db
        .deleteFrom('builds')
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  };
}
