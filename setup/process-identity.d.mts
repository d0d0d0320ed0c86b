/**
 * A process that cannot be mistaken for another: the system gives a pid to a stranger once its process has ended, but not
 * together with the same start.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own words: to be compared, never read. */
  readonly started: string;
}

export function ownIdentity(): Promise<ProcessIdentity>;

/** Whether that very process still runs. */
export function isRunning(process: ProcessIdentity): Promise<boolean>;

/** When a process started; undefined when there is none of that pid, or one that has ended and is still listed. */
export function startOf(pid: number): Promise<string | undefined>;

/** To the second, which suffices: no system uses up all pids within one. */
export function startFromPs(pid: number): Promise<string | undefined>;
