import type { Client } from './openapi.js';
import { eventually, sql } from './with-emulator.js';

/** Resolves when no operation of the project runs any more; with the operations, newest first. */
export async function settled(api: Client, projectId: string) {
  const { body } = await eventually(
    () => api('GET', `/projects/${projectId}/operations`),
    ({ body }) =>
      body.operations.every(({ status }: { status: string }) => !['scheduling', 'running'].includes(status)),
  );
  return body.operations as { id: string; action: string; status: string; error?: string }[];
}

/** Creates a project and waits until it is ready. */
export async function readyProject(api: Client, project: Record<string, unknown> = {}) {
  const { status, body } = await api('POST', '/projects', { project });
  if (status !== 201) throw new Error(`no project: ${JSON.stringify(body)}`);
  await settled(api, body.project.id);
  return {
    id: body.project.id as string,
    name: body.project.name as string,
    uri: body.connection_uris[0].connection_uri as string,
    branch: body.branch.id as string,
    endpoint: body.endpoints[0].id as string,
    role: body.roles[0].name as string,
    password: body.roles[0].password as string,
  };
}

/** The same way in, to another database. */
export function inDatabase(uri: string, database: string): string {
  const url = new URL(uri);
  url.pathname = `/${database}`;
  return url.href;
}

/** Adds a row to a table of numbers, which is made with the first. */
export async function write(uri: string, n: number): Promise<void> {
  await sql(uri, async (client) => {
    await client.query('CREATE TABLE IF NOT EXISTS notes (n int)');
    await client.query('INSERT INTO notes VALUES ($1)', [n]);
  });
}

export async function numbers(uri: string): Promise<number[]> {
  const { rows } = await sql(uri, (client) => client.query<{ n: number }>('SELECT n FROM notes ORDER BY n'));
  return rows.map(({ n }) => n);
}

/** Now, in the words of the database: what is committed so far is before it, what follows is after. */
export async function momentOn(uri: string): Promise<{ readonly timestamp: string; readonly lsn: string }> {
  const { rows } = await sql(uri, (client) =>
    client.query<{ timestamp: string; lsn: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS timestamp,
         pg_current_wal_lsn()::text AS lsn`,
    ),
  );
  const [row] = rows;
  if (row === undefined) throw new Error('no moment');
  return row;
}
