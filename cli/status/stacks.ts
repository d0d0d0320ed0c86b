import { findStack } from '../local-stack.js';
import type { RunningServers } from '../running-servers.js';
import type { Status } from './found.js';

/** The local stack whose servers are looked at, or the one that is up beside them. */
export async function stacksOf({
  environment,
  stackPid,
  worker,
}: RunningServers): Promise<Pick<Status, 'stack' | 'otherStack'>> {
  if (stackPid !== undefined) return { stack: { pid: stackPid, worker: worker ?? null }, otherStack: null };
  // A note of a stack that cannot be read says nothing of the servers that the environment names.
  const up = (await findStack().catch(() => undefined))?.running;
  if (up?.ready === undefined) return { stack: null, otherStack: null };
  const found = { pid: up.pid, worker: up.ready.worker ?? null };
  // The environment may have been made of what `env` prints.
  const isThis = up.ready.environment.TENANTRY_CATALOG_URL === environment.TENANTRY_CATALOG_URL;
  return isThis ? { stack: found, otherStack: null } : { stack: null, otherStack: found };
}
