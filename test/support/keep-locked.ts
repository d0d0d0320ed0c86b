import pg from 'pg';
import { withClient } from './sql.js';

/** Holds a table, and comes back at once when an offboarding has ended all connections. */
export function keepLocked(owner: string, table: string) {
  let stopped = false;
  let holder: pg.Client | undefined;
  const holding = (async () => {
    while (!stopped) {
      const client = new pg.Client({ connectionString: owner });
      const ended = new Promise((resolve) => client.once('end', resolve));
      client.on('error', () => {});
      holder = client;
      await client
        .connect()
        .then(() => client.query(`begin; lock table ${table} in access exclusive mode`))
        .then(() => ended)
        .catch(() => {});
    }
  })();
  return {
    isWaitedFor: () =>
      withClient(owner, async (client) => {
        const { rowCount } = await client.query(
          'select from pg_locks where relation = $1::regclass and not granted',
          [table],
        );
        return rowCount === 1;
      }).catch(() => false),
    async stop() {
      stopped = true;
      await holder?.end().catch(() => {});
      await holding;
    },
  };
}
