import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { EnvironmentError } from '../tenancy/environment.js';
import { escapeInJson } from '../tenancy/redact.js';
import type { WorkerConfiguration } from './configuration.js';
import { loggable } from './loggable.js';

const pinoLevels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Sets up logging and metrics, once in the process and before any other part of Temporal's SDK. Throws
 * `EnvironmentError`.
 */
export function installRuntime(
  configuration: Pick<
    WorkerConfiguration,
    'TENANTRY_LOG_LEVEL' | 'TENANTRY_LISTEN_HOST' | 'TENANTRY_METRICS_PORT'
  >,
): pino.Logger {
  const {
    TENANTRY_LOG_LEVEL: level,
    TENANTRY_LISTEN_HOST: host,
    TENANTRY_METRICS_PORT: port,
  } = configuration;
  // Logs go to standard error, synchronously: a worker's last words must not be lost with it.
  const stderr = pino.destination({ dest: 2, sync: true });
  // JSON does not escape C1 controls and bidi marks, and people follow logs in a terminal.
  const logger = pino(
    { name: 'tenantry', level, formatters: { log: loggable } },
    { write: (line) => void stderr.write(escapeInJson(line)) },
  );
  try {
    Runtime.install({
      logger: new DefaultLogger('DEBUG', ({ level: said, message, meta }: LogEntry) => {
        logger[pinoLevels[said]](meta ?? {}, message);
      }),
      telemetryOptions:
        port === undefined ? {} : { metrics: { prometheus: { bindAddress: `${host}:${port}` } } },
    });
  } catch (error) {
    throw metricsProblem(error) ?? error;
  }
  return logger;
}

/** Temporal's core only reports the problem in its message. */
function metricsProblem(error: unknown): EnvironmentError | undefined {
  const said = error instanceof Error ? error.message : '';
  const [, why] = /^Failed to start prometheus metrics exporter: (.*)$/.exec(said) ?? [];
  if (why === undefined) return undefined;
  return new EnvironmentError([
    `TENANTRY_METRICS_PORT cannot be listened at on TENANTRY_LISTEN_HOST: ${why}`,
  ]);
}
