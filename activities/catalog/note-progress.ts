import type { Dependencies } from '../dependencies.js';
import type { TenantInput } from '../tenant-input.js';

/**
 * Does no work of its own: a run that is about to wait for days has no other activity to carry its progress,
 * and `progressReporter` records what comes with this one.
 */
export function noteProgress(_: Dependencies) {
  return async (_step: TenantInput): Promise<void> => {};
}
