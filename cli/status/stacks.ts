import { findStack } from '../local-stack.js';
import type { RunningServers } from '../running-servers.js';
import type { Status } from './found.js';

/** The local stack whose servers are checked, or one that is running beside them. */
export async function stacksOf({
  environment,
  stackPid,
  worker,
}: RunningServers): Promise<Pick<Status, 'stack' | 'otherStack'>> {
  if (stackPid !== undefined) return { stack: { pid: stackPid, worker: worker ?? null }, otherStack: null };
  // An unreadable note of a stack says nothing about the servers in the environment.
  const up = (await findStack().catch(() => undefined))?.running;
  if (up?.ready === undefined) return { stack: null, otherStack: null };
  const found = { pid: up.pid, worker: up.ready.worker ?? null };
  // The environment may come from the output of `env`.
  const isThis = up.ready.environment.TENANTRY_CATALOG_URL === environment.TENANTRY_CATALOG_URL;
  return isThis ? { stack: found, otherStack: null } : { stack: null, otherStack: found };
}
