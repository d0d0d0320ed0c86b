import pg from 'pg';

/** Keeps whatever changes the roles of a tenant's database from going on: such steps take turns, and this one holds the turn. */
export async function holdTurn(owner: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: owner });
  // It may be ended by what it held up.
  client.on('error', () => {});
  await client.connect();
  await client.query('create schema if not exists tenantry; create table if not exists tenantry.turn ()');
  await client.query('begin; lock table tenantry.turn in exclusive mode');
  return { release: () => client.end() };
}
