import type { RunAs } from './run-as.js';

/** Postgres binaries, and the user they run as when we are root. */
export interface Postgres {
  readonly binDir: string;
  readonly runAs?: RunAs;
}
