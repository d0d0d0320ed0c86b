import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Leash, leash } from '../postgres/leash.js';
import { toolEnvironment } from '../postgres/tool-environment.js';
import { freePort, LOOPBACK } from './free-port.js';
import { logSince } from './log-since.js';
import { StartError } from './start-error.js';
import { type SearchAttributes, temporalFlags } from './temporal-flags.js';
import { temporalReady } from './temporal-ready.js';

export interface TemporalServerOptions {
  /** The Temporal CLI. */
  readonly binary: string;
  /** Where its database lives. Runs are kept from one start to the next. */
  readonly stateDir: string;
  /** The frontend's port on loopback. @default a free one */
  readonly port?: number;
  /** The web UI's port on loopback. @default a free one */
  readonly uiPort?: number;
  /** Without the web UI. @default false */
  readonly headless?: boolean;
  readonly searchAttributes: SearchAttributes;
  /** @default temporal.log in `stateDir` */
  readonly logFile?: string;
  /**
   * For tests: runs are kept in memory and end with the server, and it collects its garbage seldom. That saves a quarter of
   * its processor time. @default false
   */
  readonly inMemory?: boolean;
}

export interface TemporalServer {
  readonly address: string;
  /** undefined when headless. */
  readonly uiUrl: string | undefined;
  readonly pid: number;
  /** @param signal SIGKILL for a crash. @default SIGTERM, which takes about a second. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A cold start takes half a second; a slow disk under load, some. */
const START_TIMEOUT_MS = 60_000;

/** The server takes ports for its parts that were free a moment before, as we do for it: somebody else may be quicker. */
const portTaken = /address already in use/;
const mostTries = 3;

/**
 * Starts a Temporal dev server on a file of ours and resolves when it serves the namespace `default`.
 * It ends when this process does, however that ends.
 *
 * @throws when a port asked for is taken, when it ends before that or takes over a minute, with the end of its log.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (tries === mostTries || !(error instanceof StartError) || !portTaken.test(error.message))
        throw error;
    }
  }
}

async function startOnce(options: TemporalServerOptions): Promise<TemporalServer> {
  const { headless = false, inMemory = false } = options;
  const port = await freePort(options.port);
  const uiPort = await freePort(options.uiPort);
  // Histories are nobody else's business.
  await mkdir(options.stateDir, { recursive: true, mode: 0o700 });
  const logFile = options.logFile ?? join(options.stateDir, 'temporal.log');
  const log = await logSince(logFile);
  const server = await leash({
    command: options.binary,
    args: [
      ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port)],
      ...(headless ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...(inMemory ? [] : ['--db-filename', join(options.stateDir, 'temporal.db')]),
      ...temporalFlags(options.searchAttributes),
    ],
    ...(inMemory ? { env: { ...toolEnvironment(), GOGC: '400' } } : {}),
    logFile,
  });
  await settled(server, { logFile, log }, (signal) =>
    temporalReady(options.binary, port, options.searchAttributes, signal),
  );
  return {
    address: `${LOOPBACK}:${port}`,
    uiUrl: headless ? undefined : `http://${LOOPBACK}:${uiPort}`,
    pid: server.pid,
    stop: async (signal) => {
      await server.stop(signal);
    },
  };
}

/** Waits for readiness, the server's end or the clock, whichever is first. */
async function settled(
  server: Leash,
  { logFile, log }: { readonly logFile: string; readonly log: () => Promise<string> },
  ready: (signal: AbortSignal) => Promise<void>,
) {
  const ended = new AbortController();
  server.exited.then(() => ended.abort(new Error('it ended')));
  try {
    await ready(AbortSignal.any([ended.signal, AbortSignal.timeout(START_TIMEOUT_MS)]));
  } catch (cause) {
    await server.stop('SIGKILL');
    throw new StartError(`The Temporal server did not start. The end of ${logFile}:\n${await log()}`, {
      cause,
    });
  }
}
