import type pg from 'pg';
import { readSqlScript } from '../../../tenancy/sql-script.js';

/** The first line of the statement that an error of `runScript` is about. */
const failedLines = new WeakMap<object, number>();

/**
 * Runs a script's statements in one message. Postgres reports the end of each, so an error is that of the next one.
 * Throws the Postgres error.
 */
export async function runScript(client: pg.Client, script: string): Promise<void> {
  let done = 0;
  const count = () => {
    done += 1;
  };
  const { connection } = client as pg.Client & { readonly connection: NodeJS.EventEmitter };
  connection.on('commandComplete', count);
  try {
    await client.query(script);
  } catch (error) {
    const line = readSqlScript(script).statements[done]?.line;
    if (typeof error === 'object' && error !== null && line !== undefined) failedLines.set(error, line);
    throw error;
  } finally {
    connection.off('commandComplete', count);
  }
}

/** The line of the statement that failed, from 1; `undefined` for an error of anything else. */
export function failedLine(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null ? failedLines.get(error) : undefined;
}
