import { setTimeout as sleep } from 'node:timers/promises';
import { TenantryError } from '../../client/errors.js';
import type { OperationHandle } from '../../client/index.js';
import { whereIs } from '../support/where-is.js';
import { isOpen, type Run } from './auditor/temporal-runs.js';
import type { World } from './world.js';

/** What is open for longer is stuck: longer than an absence of all workers, and all that was to be done besides. */
const stuckAfterMs = 60_000;

/** What came of an operation, in words. */
export async function outcomeOf(
  world: World,
  start: () => Promise<OperationHandle<unknown>>,
): Promise<string> {
  try {
    const handle = await start();
    const ended = await Promise.race([
      handle.result().then(() => 'done'),
      sleep(stuckAfterMs, 'stuck', { ref: false }),
    ]);
    return ended === 'stuck' ? `stuck ${await whereIs(world.t, handle)}` : 'done';
  } catch (error) {
    if (error instanceof TenantryError) return `${error.code}, ${error.message}`;
    // A catalog that was cut off just now.
    return `failed, ${(error as Error).message}`;
  }
}

/** Waits until none of the runs is open; returns those that are for too long. */
export async function closed(runs: () => Promise<Run[]>): Promise<Run[]> {
  for (const deadline = Date.now() + stuckAfterMs; ; await sleep(50)) {
    const open = (await runs()).filter(isOpen);
    if (open.length === 0 || Date.now() > deadline) return open;
  }
}
