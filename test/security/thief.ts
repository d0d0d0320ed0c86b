import pg from 'pg';

export interface Insistent {
  /** One of its connections is in, and holds on to what it can; the others may wait for that one. */
  readonly in: Promise<void>;
  /** The first of them is. */
  readonly firstIn: Promise<void>;
  /** Ends it; tells whether it had a connection at the end. */
  leave(): Promise<{ readonly hadConnection: boolean }>;
}

/** Somebody who logs in, does something, and stays; and who comes back as soon as he is thrown out. */
export function insist(
  connectionString: string,
  works: readonly ((client: pg.Client) => Promise<unknown>)[],
): Insistent {
  let leaving = false;
  let entered = () => {};
  let firstEntered = () => {};
  const isIn = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const firstIsIn = new Promise<void>((resolve) => {
    firstEntered = resolve;
  });
  const open = new Set<pg.Client>();
  const loop = async (work: (client: pg.Client) => Promise<unknown>, isFirst: boolean) => {
    while (!leaving) {
      const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
      const ended = new Promise((resolve) => client.once('end', resolve));
      client.on('error', () => {});
      try {
        await client.connect();
        open.add(client);
        await work(client);
        entered();
        if (isFirst) firstEntered();
        await ended;
      } catch {
        await client.end().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 2));
      } finally {
        open.delete(client);
      }
    }
  };
  const loops = works.map((work, at) => loop(work, at === 0));
  return {
    in: isIn,
    firstIn: firstIsIn,
    async leave() {
      const hadConnection = open.size > 0;
      leaving = true;
      for (const client of open) await client.end().catch(() => {});
      await Promise.all(loops);
      return { hadConnection };
    },
  };
}

/**
 * Somebody with a tenant's credential who does not want to lose it: an open transaction that keeps the row of the login
 * locked, sessions that hold the keys of advisory locks which other releases and libraries use, and as many connections as
 * he gets.
 */
export function releaseThief(connectionString: string, { greed }: { readonly greed: number }): Insistent {
  const { username, password } = new URL(connectionString);
  const self = pg.escapeIdentifier(decodeURIComponent(username));
  const secret = pg.escapeLiteral(decodeURIComponent(password));
  const run = (sql: string) => (client: pg.Client) => client.query(sql);
  return insist(connectionString, [
    run(
      `set role none; begin; alter role ${self} password ${secret}; alter role ${self} set work_mem = '1MB'`,
    ),
    run("select pg_advisory_lock(hashtext('tenantry'))"),
    run('select pg_advisory_lock(7241865325823964)'),
    ...Array.from({ length: greed - 3 }, () => run('select 1')),
  ]);
}
