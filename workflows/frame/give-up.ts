import {
  ApplicationFailure,
  CancellationScope,
  defineUpdate,
  setHandler,
  TemporalFailure,
} from '@temporalio/workflow';
import type { FailureType } from '../../tenancy/failures.js';
import { giveUpUpdateName } from '../../tenancy/naming.js';
import { endingWith } from './failure-reason.js';

export interface GiveUpRequest {
  /** The step to give up; refused if the run is at another one. @default the current step */
  readonly step?: string;
}

/** Returns the name of the step that was given up. */
const giveUp = defineUpdate<string, [GiveUpRequest]>(giveUpUpdateName);

/**
 * Runs work that a person can give up, whether or not a cancellation reaches it: `giveUp` cancels its
 * activities, and the work fails with `GivenUp`, so that the run continues as after any failure. It is for
 * work that nothing else ends, such as an undo that waits for a database that will never answer.
 */
export async function canBeGivenUp<T>(name: string, work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  let givenUp = false;
  setHandler(
    giveUp,
    () => {
      givenUp = true;
      scope.cancel();
      return name;
    },
    {
      validator({ step = name }) {
        if (step !== name) throw refusal(`the run is at the step "${name}", not at "${step}"`);
        if (givenUp) throw refusal(`the step "${name}" is given up already, and about to end`);
      },
    },
  );
  try {
    return await scope.run(work);
  } catch (error) {
    if (!givenUp || !(error instanceof TemporalFailure)) throw error;
    throw endingWith({ type: 'GivenUp', message: `the step "${name}" was given up by a person` });
  } finally {
    nothingToGiveUp();
  }
}

/** Refuses every `giveUp` until a step begins. Without a handler, the request would wait for that step. */
export function nothingToGiveUp(): void {
  const refuse = (_: GiveUpRequest): string => {
    throw refusal('the run is between two steps, where nothing can be given up');
  };
  setHandler(giveUp, refuse, { validator: refuse });
}

function refusal(message: string): ApplicationFailure {
  const type: FailureType = 'TenantStateConflict';
  return ApplicationFailure.nonRetryable(message, type);
}
