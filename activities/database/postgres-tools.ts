import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure } from '../../tenancy/failures.js';
import { postgresProgram, programEnvironment } from '../../tenancy/postgres-program.js';
import { heartbeatWhile } from '../heartbeat.js';
import { failureOfTool } from './tool-complaint.js';

/** Postgres' own programs that a worker runs. */
export type PostgresTool = 'pg_dump' | 'pg_restore' | 'psql';

export interface PostgresToolOptions {
  /**
   * The database and the login; absent for a program that only reads and writes files. The password is passed
   * in the environment, because everyone can read a command line.
   */
  readonly connectionString?: string;
  /** Ends the program when aborted. */
  readonly signal: AbortSignal;
  /**
   * The open file for the program's output, so that the program follows no name. @default the output is
   * discarded
   */
  readonly outputFile?: number;
}

/**
 * Runs one of Postgres' programs on a database to its end, and heartbeats meanwhile. The program is the one
 * in the folder `TENANTRY_POSTGRES_BIN`, or else on the PATH; it must not be older than the server.
 *
 * Throws `DatabaseUnreachable` if Postgres could not be reached or disconnected, `DatabaseOverQuota`,
 * `DatabaseRefused` with those messages of the program that contain no rows, `Unexpected` if the program is
 * missing or too old, and the signal's reason.
 */
export function runPostgresTool(
  tool: PostgresTool,
  args: readonly string[],
  { connectionString, signal, outputFile }: PostgresToolOptions,
): Promise<void> {
  const running = run(tool, args, connectionString, signal, outputFile === undefined ? {} : { outputFile });
  return heartbeatWhile(running);
}

export interface PipedTool {
  readonly tool: PostgresTool;
  readonly args: readonly string[];
  readonly connectionString: string;
}

/**
 * Runs two of Postgres' programs, and pipes the output of the first straight into the second, so that nothing
 * is written to disk. The second gets the end of its input only after the first has succeeded. Throws as
 * {@link runPostgresTool}.
 */
export function pipePostgresTools(
  source: PipedTool,
  target: PipedTool,
  signal: AbortSignal,
  /** Transforms the stream between the two. */
  through?: Transform,
): Promise<void> {
  return heartbeatWhile(pipe(source, target, signal, through));
}

async function pipe(
  source: PipedTool,
  target: PipedTool,
  outer: AbortSignal,
  through?: Transform,
): Promise<void> {
  // The first failure aborts the other program, and is the one to report.
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  let into: Writable | undefined;
  const flowing: Promise<void>[] = [];
  const second = run(target.tool, target.args, target.connectionString, signal, {
    input(writable) {
      into = writable;
    },
  });
  const first = run(source.tool, source.args, source.connectionString, signal, {
    output(readable) {
      // The program at either end reports a broken pipe.
      if (into === undefined) return;
      const stations = through === undefined ? [readable, into] : [readable, through, into];
      flowing.push(pipeline(stations, { end: false }).catch(() => {}));
    },
  }).then(async () => {
    await Promise.all(flowing);
    into?.end();
  });
  const both = [first, second].map((running) =>
    running.catch((error: unknown) => {
      failed.abort(error);
    }),
  );
  await Promise.all(both);
  outer.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
}

/** The program's streams, if they are used. */
interface Flow {
  readonly input?: (stdin: Writable) => void;
  readonly output?: (stdout: Readable) => void;
  readonly outputFile?: number;
}

/** How long a program may take to end after SIGTERM. */
const endingMs = 5_000;

async function run(
  tool: PostgresTool,
  args: readonly string[],
  connectionString: string | undefined,
  signal: AbortSignal,
  { input, output, outputFile }: Flow = {},
): Promise<void> {
  signal.throwIfAborted();
  const { password, address, environment } = connectionArguments(connectionString);
  const program = spawn(executable(tool), [...address, ...args], {
    env: { ...environment, ...sameEverywhere },
    stdio: [input ? 'pipe' : 'ignore', output ? 'pipe' : (outputFile ?? 'ignore'), 'pipe'],
  });
  // A program that has ended reads no more; its exit tells why.
  program.stdin?.on('error', () => {});
  if (program.stdin !== null) input?.(program.stdin);
  if (program.stdout !== null) output?.(program.stdout);
  const stop = () => {
    program.kill('SIGTERM');
    setTimeout(() => program.kill('SIGKILL'), endingMs).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  let complaints = '';
  program.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(0, longestComplaint);
  });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      program.once('error', reject);
      program.once('close', resolve);
    });
    if (signal.aborted) throw signal.reason;
    if (exitCode === 0) return;
    throw failureOfTool(tool, password === '' ? complaints : complaints.replaceAll(password, '[password]'));
  } catch (error) {
    if (isMissing(error)) {
      throw failure(
        'Unexpected',
        `there is no ${tool} on the PATH, nor a folder with one named by TENANTRY_POSTGRES_BIN`,
      );
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function connectionArguments(connectionString: string | undefined) {
  if (connectionString === undefined)
    return { password: '', address: [], environment: programEnvironment(process.env) };
  const { password, address, environment } = postgresProgram(connectionString, process.env);
  return { password, address: [`--dbname=${address}`, '--no-password'], environment };
}

function executable(tool: PostgresTool): string {
  const folder = process.env.TENANTRY_POSTGRES_BIN;
  return folder ? path.join(folder, tool) : tool;
}

/** The messages are parsed, so they must be in one language. */
const sameEverywhere = { LC_ALL: 'C', PGAPPNAME: 'tenantry', PGCONNECT_TIMEOUT: '10' };

/** The first message is the useful one; the limit guards against a database that never stops complaining. */
const longestComplaint = 64_000;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES');
}
