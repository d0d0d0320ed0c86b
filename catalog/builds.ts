import { type Kysely, sql } from 'kysely';
import type { CatalogSchema } from './schema.js';

/** A build of the application, as it makes itself known. */
export interface Build {
  /** Of a release: all of its processes have the same. */
  readonly id: string;
  /** The newest migration that it was written with, by number or name. */
  readonly schema: string;
}

export interface KnownBuild extends Build {
  readonly firstSeenAt: Date;
  readonly seenAt: Date;
  /** Whether it holds contracts back that are newer than it: it has been seen within `timings.buildSilence`. */
  readonly counts: boolean;
}

export interface Builds {
  /** Says that a process of the build is there. */
  beat(fleet: string, build: Build): Promise<void>;
  /** Those of a fleet, the oldest by schema first: at most 1,000. */
  list(fleet: string, silenceMs: number): Promise<KnownBuild[]>;
  /** Returns whether there was one. A process of it that is still there makes it known again. */
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
