import { CancellationScope, log, TemporalFailure } from '@temporalio/workflow';
import type { TenantInput } from '../../activities/tenant-input.js';
import type { HookName } from '../../tenancy/hooks.js';
import { type TenantOperation, transitionOf } from '../../tenancy/lifecycle.js';
import type { Activities } from './activities.js';

interface HookQuestion {
  readonly operation: TenantOperation;
  /** The hooks that the operation calls, if the fleet has them. */
  readonly own: readonly (HookName | undefined)[];
  /**
   * The hooks of the fleet that requested the operation; absent if something other than a Tenantry client
   * began it.
   */
  readonly asked: readonly HookName[] | undefined;
  /** The hooks of the worker that began it. */
  readonly here: readonly HookName[] | undefined;
}

/**
 * The hooks that an operation calls: those of the release that requested it, whichever workers run it. The
 * workers' own hooks would be a poor guide: during a deploy the workers differ, and chance decides which of
 * them begins a run. A hook that only the worker has is recorded; otherwise nobody would notice a client that
 * was deployed without the fleet's hooks.
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
      // The operation must not fail because the note failed.
      if (!(error instanceof TemporalFailure)) throw error;
    }
  }
  return wanted;
}
