import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** An empty database for the example's own tables, on the server that tests share. Returns where it is. */
export async function accountsDatabase(): Promise<string> {
  const url = new URL(inject('ground').catalogServerUrl);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const name = `rag_${randomBytes(5).toString('hex')}`;
  await client.query(`create database ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}
