/** What activities ask of Temporal about runs. */
export interface Runs {
  /** Whether a run is under way. One that Temporal knows no more is not. */
  isOpen(workflowId: string, runId: string): Promise<boolean>;
}
