import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const everyMs = 10;
/** After a refusal: an application that knocks a hundred times a second would slow the copy that it waits for. */
const patienceMs = 50;
const rowsEach = 3;

/** A document gets a new revision, and three chunks that say which. */
const write = `
  with touched as (
    update documents set revision = $1 where id = 1 + $1::integer % (select pg_catalog.max(id) from documents) returning id
  )
  insert into chunks (document_id, body, embedding, written)
  select id, 'written while it moves', array(select 0.5::real from pg_catalog.generate_series(1, 256))::vector, $1
  from touched, pg_catalog.generate_series(1, ${rowsEach})`;

export interface SteadyWriter {
  /** Milliseconds between two writes that were accepted one after the other, the longest from a moment on. */
  longestPause(from: number, until?: number): number;
  /** Resolves once a write has been accepted that was begun after this call. */
  hasWritten(): Promise<void>;
  stop(): Promise<void>;
  /** How many rows of those that were acknowledged are missing, there twice, or older than they were. */
  lostIn(client: pg.Client): Promise<number>;
}

type Connection = Pick<pg.Pool, 'query'>;

/** An application that writes all the time, wherever it is told that its database is. Its writes have numbers, from `first` on. */
export function steadyWriter(first: number, database: () => Promise<Connection>): SteadyWriter {
  const accepted: { readonly write: number; readonly begun: number; readonly at: number }[] = [];
  let stopping = false;
  const attempt = async (number: number): Promise<boolean> => {
    const begun = performance.now();
    try {
      await (await database()).query(write, [number]);
      accepted.push({ write: number, begun, at: performance.now() });
      return true;
    } catch {
      // What was not acknowledged may have been written all the same: its number is not used again.
      return false;
    }
  };
  const running = (async () => {
    for (let number = first; !stopping; number++) await sleep((await attempt(number)) ? everyMs : patienceMs);
  })();
  return {
    longestPause(from, until = Number.POSITIVE_INFINITY) {
      const times = accepted.map(({ at }) => at);
      const pauses = times.slice(1).map((at, index) => ({ at, pause: at - (times[index] ?? at) }));
      return Math.max(0, ...pauses.filter(({ at }) => at > from && at < until).map(({ pause }) => pause));
    },
    async hasWritten() {
      const since = performance.now();
      while (!accepted.some(({ begun }) => begun > since)) await sleep(everyMs);
    },
    async stop() {
      stopping = true;
      await running;
    },
    async lostIn(client) {
      const { rows } = await client.query<{ written: number; rows: string; revision: number }>(
        `select written, pg_catalog.count(*) as rows, pg_catalog.max(revision) as revision
         from chunks join documents on documents.id = document_id where written is not null group by written`,
      );
      const found = new Map(rows.map((row) => [row.written, row]));
      return accepted
        .map(({ write: number }) => {
          const row = found.get(number);
          if (row === undefined) return rowsEach + 1;
          return Math.abs(rowsEach - Number(row.rows)) + (row.revision < number ? 1 : 0);
        })
        .reduce((total, lost) => total + lost, 0);
    },
  };
}
