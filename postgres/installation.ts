import type { RunAs } from './run-as.js';

/** The Postgres binaries, and the user they run as if this process is root. */
export interface Postgres {
  readonly binDir: string;
  readonly runAs?: RunAs;
}
