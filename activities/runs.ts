/** `ended`: in any way but success. A run that Temporal no longer knows has ended too. */
export type RunStatus = 'open' | 'succeeded' | 'ended';

/** What activities ask Temporal about runs. */
export interface Runs {
  /** Without a run's id, the status of the workflow's newest run. */
  status(workflowId: string, runId?: string): Promise<RunStatus>;
}
