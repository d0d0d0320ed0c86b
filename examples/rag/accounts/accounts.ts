import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { People } from './people.js';
import { Sessions } from './sessions.js';
import { Workspaces } from './workspaces.js';

/** The application's own tables, apart from every workspace's documents. */
export interface Accounts {
  readonly people: People;
  readonly sessions: Sessions;
  readonly workspaces: Workspaces;
  close(): Promise<void>;
}

const migrations = path.join(import.meta.dirname, 'migrations');
/** Two processes that start at once take turns: `if not exists` alone does not make that safe. */
const migrationLock = 7_241_001;

/** Makes the tables if they are not there. */
export async function openAccounts(connectionString: string): Promise<Accounts> {
  const pool = new pg.Pool({ connectionString, max: 10, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks leaves the pool; without a listener it would end the process.
  pool.on('error', () => {});
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    people: new People(pool),
    sessions: new Sessions(pool),
    workspaces: new Workspaces(pool),
    close: () => pool.end(),
  };
}

async function migrate(pool: pg.Pool): Promise<void> {
  const files = (await readdir(migrations)).filter((file) => file.endsWith('.sql')).sort();
  for (const file of files) {
    const sql = await readFile(path.join(migrations, file), 'utf8');
    // Statements of one message are one transaction, which holds the lock until its end.
    await pool.query(`select pg_advisory_xact_lock(${migrationLock}); ${sql}`);
  }
}
