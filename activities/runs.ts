/** `ended`: in any way but success. A run that Temporal knows no more has ended too. */
export type RunStatus = 'open' | 'succeeded' | 'ended';

/** What activities ask of Temporal about runs. */
export interface Runs {
  /** Without a run's id, of the newest under the workflow's. */
  status(workflowId: string, runId?: string): Promise<RunStatus>;
}
