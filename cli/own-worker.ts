import { existsSync } from 'node:fs';
import path from 'node:path';
import { Option } from 'commander';
import { findWorkerFile } from '../worker/worker-file.js';
import { UsageError } from './usage-error.js';

/** The values of `--worker` and `--no-worker`: `undefined` when neither is given. */
export interface WorkerChoice {
  readonly worker?: string | boolean;
}

export const workerOptions = [
  new Option(
    '--worker <file>',
    "run this worker of yours; TENANTRY_WORKER, or tenantry.worker.* beside the fleet's file, without it",
  ),
  new Option('--no-worker', 'run none: yours runs elsewhere, with what `env` prints'),
] as const;

/** The file of the user's own worker, `false` when there must be none, `undefined` when Tenantry's own is used. */
export function ownWorker(fleetFile: string, { worker }: WorkerChoice = {}): string | false | undefined {
  if (worker === false) return false;
  const file = typeof worker === 'string' ? path.resolve(worker) : findWorkerFile(fleetFile);
  if (file === undefined || existsSync(file)) return file;
  throw new UsageError(`there is no ${file}, which is to be the worker: name another, or none`);
}

/**
 * Warns that a port for probes has no effect on the stack's worker: after an edit the new worker starts beside the
 * old one, so each gets its own port.
 */
export function healthPortRemark({ worker }: WorkerChoice, environment = process.env): string | undefined {
  const port = environment.TENANTRY_HEALTH_PORT;
  if (!port || worker === false) return undefined;
  return `TENANTRY_HEALTH_PORT ${port} is not used: a worker of the stack that takes up an edit starts beside the former one, so each has a port of its own`;
}

/** The options as words again, for a command that is started in this one's place. */
export function workerWords({ worker }: WorkerChoice): string[] {
  if (worker === false) return ['--no-worker'];
  return typeof worker === 'string' ? [`--worker=${worker}`] : [];
}
