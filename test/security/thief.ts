import pg from 'pg';

export interface Thief {
  /** He is in, and holds on to all that he can. */
  readonly in: Promise<void>;
  /** How often he got in so far. */
  entries(): number;
  /** Ends it; tells whether he had a connection at the end. */
  leave(): Promise<{ readonly hadConnection: boolean }>;
}

/**
 * Somebody with a tenant's credential who does not want to lose it. In a loop, and again as soon as he is thrown out: an open
 * transaction that keeps the row of the login locked, sessions that hold the keys of advisory locks which other releases and
 * libraries use, and as many connections as he gets.
 */
export function releaseThief(connectionString: string, { greed = 97 } = {}): Thief {
  let leaving = false;
  let entries = 0;
  let entered = () => {};
  const isIn = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const open = new Set<pg.Client>();
  const url = new URL(connectionString);
  const self = pg.escapeIdentifier(decodeURIComponent(url.username));
  const password = pg.escapeLiteral(decodeURIComponent(url.password));

  const loop = async (work: (client: pg.Client) => Promise<unknown>) => {
    while (!leaving) {
      const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
      const ended = new Promise((resolve) => client.once('end', resolve));
      client.on('error', () => {});
      try {
        await client.connect();
        open.add(client);
        entries += 1;
        await work(client);
        await ended;
      } catch {
        await client.end().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 2));
      } finally {
        open.delete(client);
      }
    }
  };
  const loops = [
    loop(async (client) => {
      await client.query(
        `set role none; begin; alter role ${self} password ${password}; alter role ${self} set work_mem = '1MB'`,
      );
      entered();
    }),
    loop((client) => client.query("select pg_advisory_lock(hashtext('tenantry'))")),
    loop((client) => client.query('select pg_advisory_lock(7241865325823964)')),
    ...Array.from({ length: greed - 3 }, () => loop((client) => client.query('select 1'))),
  ];
  return {
    in: isIn,
    entries: () => entries,
    async leave() {
      const hadConnection = [...open].length > 0;
      leaving = true;
      for (const client of open) await client.end().catch(() => {});
      await Promise.all(loops);
      return { hadConnection };
    },
  };
}
