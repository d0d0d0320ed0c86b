import { CancellationScope, log, TemporalFailure } from '@temporalio/workflow';
import type { TenantInput } from '../../activities/tenant-input.js';
import type { HookName } from '../../tenancy/hooks.js';
import { type TenantOperation, transitionOf } from '../../tenancy/lifecycle.js';
import type { Activities } from './activities.js';

interface HookQuestion {
  readonly operation: TenantOperation;
  /** Those that the operation calls, if the fleet has them. */
  readonly own: readonly (HookName | undefined)[];
  /** Those of the fleet that asked for the operation; absent where something else than a client of Tenantry's began it. */
  readonly asked: readonly HookName[] | undefined;
  /** Those of the worker that began it. */
  readonly here: readonly HookName[] | undefined;
}

/**
 * Which hooks an operation calls: those of the release that asked for it, whichever workers carry it. The workers would not
 * do as a measure: in the middle of a deploy they differ, and which of them begins a run is chance. A hook that only workers
 * have is noted, for a client that was left without the fleet's hooks would otherwise never be found out.
 */
export async function wantedHooks(
  activities: Activities,
  held: TenantInput,
  { operation, own, asked, here = [] }: HookQuestion,
): Promise<ReadonlySet<HookName>> {
  const wanted = new Set(asked ?? here);
  const passedOver = here.filter((hook) => own.includes(hook) && !wanted.has(hook));
  if (passedOver.length > 0) {
    const names = passedOver.map((hook) => `"${hook}"`).join(', ');
    const hookNotCalled = `the release that asked for this has no hook ${names}, and the worker's has`;
    log.warn(hookNotCalled);
    const state = transitionOf(operation).during;
    try {
      await CancellationScope.nonCancellable(() =>
        activities.noteHistory({ ...held, operation, state, detail: { hookNotCalled } }),
      );
    } catch (error) {
      // The operation does not depend on its being noted.
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }
  return wanted;
}
