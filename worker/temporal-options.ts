import type { InjectedSinks, WorkerInterceptors, WorkerOptions } from '@temporalio/worker';
import type { Sinks } from '@temporalio/workflow';
import type { OwnDataConverter } from '../payloads/data-converter.js';

/** Temporal's own options that a worker passes on, to each of the workers that it is made of. */
export interface TemporalOptions {
  /**
   * Yours of activities are called within ours, next to the activity: what they throw becomes one of the closed set of failures.
   * `workflowModules` are bundled with the workflows; a bundle that was made beforehand has to be made with them.
   */
  readonly interceptors?: Omit<WorkerInterceptors, 'activityInbound'> | undefined;
  readonly sinks?: InjectedSinks<Sinks> | undefined;
  /**
   * Clients need the same one. Your codecs come before the fleet's encryption, so that they see payloads in the clear. The converter
   * of failures is ours, because it makes the closed set of them.
   */
  readonly dataConverter?: OwnDataConverter | undefined;
  readonly tuning?: WorkerTuning | undefined;
}

/** How much a worker does at once is said by its slots, kind by kind: see `Slots`. */
export type WorkerTuning = Pick<
  WorkerOptions,
  | 'identity'
  | 'shutdownForceTime'
  | 'workflowTaskPollerBehavior'
  | 'activityTaskPollerBehavior'
  | 'maxConcurrentWorkflowTaskPolls'
  | 'maxConcurrentActivityTaskPolls'
  | 'nonStickyToStickyPollRatio'
  | 'disablePayloadErrorLimit'
>;
