import type { InjectedSinks, WorkerInterceptors, WorkerOptions } from '@temporalio/worker';
import type { Sinks } from '@temporalio/workflow';
import type { OwnDataConverter } from '../payloads/data-converter.js';

/** Temporal's own options that a worker passes on to each of its parts. */
export interface TemporalOptions {
  /**
   * Your activity interceptors run inside ours, next to the activity: their errors also become one of the closed set
   * of failures. `workflowModules` are bundled with the workflows; a prebuilt bundle must be built with them.
   */
  readonly interceptors?: Omit<WorkerInterceptors, 'activityInbound'> | undefined;
  readonly sinks?: InjectedSinks<Sinks> | undefined;
  /**
   * Clients need the same converter. Your codecs run before the fleet's encryption, so they see payloads in clear
   * text. The failure converter is always ours, because it makes the closed set of failures.
   */
  readonly dataConverter?: OwnDataConverter | undefined;
  readonly tuning?: WorkerTuning | undefined;
}

/** The slots set the numbers of concurrent tasks, kind by kind: see `Slots`. */
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
