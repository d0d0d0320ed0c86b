/** The run that fills a plan's pool. */
export interface PoolRun {
  readonly fleet: string;
  readonly plan: string;
  readonly runId: string;
}

/** A project that a run is to create or to bring up to date. */
export interface PoolTask {
  readonly name: string;
  /** Known once it exists at Neon. */
  readonly projectId?: string;
}
