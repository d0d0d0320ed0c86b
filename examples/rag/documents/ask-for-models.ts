import type { Rollout, RolloutHandle, TenantryClient } from 'tenantry/client';

/** The workflow that a rollout runs in each workspace, by its type. */
export const changeOfModel = 'changeModel';

/**
 * Starts the change of every workspace to the newest model, or joins the one that is under way: one workspace first, and then the others, a
 * few at a time. One that fails stops it. Those that have the model already cost a look.
 */
export function startModelChanges({ fleet }: Pick<TenantryClient, 'fleet'>): Promise<RolloutHandle> {
  return fleet.start({
    verb: 'workflow',
    workflow: changeOfModel,
    waves: [{ size: 1 }, {}],
    parallel: 4,
  });
}

/** How a process ends that followed the change: 0 where every workspace has the model, 3 where some were skipped, and else 1. */
export function exitCodeOf({ state, counts }: Pick<Rollout, 'state' | 'counts'>): 0 | 1 | 3 {
  if (state !== 'done' || counts.failed > 0) return 1;
  return counts.skipped > 0 ? 3 : 0;
}
