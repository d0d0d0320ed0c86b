import { randomUUID } from 'node:crypto';
import { now } from '../state/clock.js';
import type { Fate, Operation } from '../state/records.js';
import type { Action } from './work.js';

/** Neon's word for what has names of our own (see `task`). */
type NeonsWord = 'swap_binding_id' | 'apply_schema_from_branch';

/** An operation to be. */
export interface Step {
  /** What the API calls it. */
  readonly action: Action | NeonsWord;
  /** What is done, where that is not the same. */
  readonly task?: Action;
  readonly branch_id?: string | undefined;
  readonly endpoint_id?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly newName?: string | undefined;
}

/** Decides, for a call under a fault, how its operations will end. */
export type FateOf = (action: Step['action']) => Fate | undefined;

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
