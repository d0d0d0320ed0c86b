import path from 'node:path';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.js';
import { compiledModule, shortLived } from './compiled-module.js';
import type { TestTenantry } from './tenantry.js';

/** A worker that can be killed, for it is a process of its own. All of them write to one log. */
export function startKillableWorker(
  t: TestTenantry,
  change: Readonly<Record<string, string>> = {},
): Promise<WorkerProcess> {
  const environment = { ...t.environment, ...change };
  return startWorkerProcess(environment, workerLog(t), process.env, [
    ...shortLived,
    compiledModule('worker/main'),
  ]);
}

export function workerLog({ folder }: TestTenantry): string {
  return path.join(folder, 'worker.log');
}
