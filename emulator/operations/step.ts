import { randomUUID } from 'node:crypto';
import { now } from '../state/clock.js';
import type { Fate, Operation } from '../state/records.js';
import type { Action } from './work.js';

/** An operation to be. */
export interface Step {
  readonly action: Action;
  readonly branch_id: string;
  readonly endpoint_id?: string | undefined;
}

/** Decides, for a call under a fault, how its operations will end. */
export type FateOf = (action: Action) => Fate | undefined;

/** As Neon tells it at once: the first operation of a call runs already, the others wait for it. */
export function newOperations(projectId: string, steps: readonly Step[], fateOf?: FateOf): Operation[] {
  return steps.map((step, index) => {
    const time = now();
    return {
      id: randomUUID(),
      project_id: projectId,
      ...step,
      status: index === 0 ? 'running' : 'scheduling',
      failures_count: 0,
      created_at: time,
      updated_at: time,
      total_duration_ms: 0,
      fate: fateOf?.(step.action),
    };
  });
}
