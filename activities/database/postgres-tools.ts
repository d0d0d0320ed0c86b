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
   * Where to connect, and as whom; absent for what works on files alone. Its password goes by the environment: a command
   * line can be read by everyone.
   */
  readonly connectionString?: string;
  /** Ends the program when it is aborted. */
  readonly signal: AbortSignal;
  /** The open file that takes what the program writes, so that it follows no name to it. @default nothing does */
  readonly outputFile?: number;
}

/**
 * Runs one of Postgres' programs on a database, to its end, and keeps the activity's heartbeat meanwhile. The program is
 * the one in the folder `TENANTRY_POSTGRES_BIN`, or else on the PATH; it must not be older than the server.
 *
 * Throws `DatabaseUnreachable` where Postgres was not to be reached or went away, `DatabaseOverQuota`, `DatabaseRefused`
 * with what the program complained of as far as it holds no row, `Unexpected` where there is no such program or too old a one, and the signal's
 * reason.
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
 * Runs two of Postgres' programs, what the first one writes going straight into the second, so that none of it is ever on
 * a disk. The second is told that all has come only once the first has ended well. Throws as {@link runPostgresTool}.
 */
export function pipePostgresTools(
  source: PipedTool,
  target: PipedTool,
  signal: AbortSignal,
  /** What flows goes through it. */
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
  // Whichever fails first takes the other with it, and is the one to report.
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
      // A broken pipe is reported by the program at either end of it.
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

/** What flows through a program, where anything does. */
interface Flow {
  readonly input?: (stdin: Writable) => void;
  readonly output?: (stdout: Readable) => void;
  readonly outputFile?: number;
}

/** How long a program may take to end once it was told to. */
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
  // One that has ended reads no more; its exit tells why.
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

/** Complaints are read, so they are in one language. */
const sameEverywhere = { LC_ALL: 'C', PGAPPNAME: 'tenantry', PGCONNECT_TIMEOUT: '10' };

/** The first complaint is the one that tells; a database that complains without end has its say once. */
const longestComplaint = 64_000;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES');
}
