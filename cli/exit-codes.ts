/** The meaning of the exit codes. Two more come from the shell: 128 plus the number of a signal. */
export const exitCodes = {
  done: 0,
  failed: 1,
  badUse: 2,
  notFound: 3,
  busy: 4,
  cannotReach: 5,
  interrupted: 130,
  nobodyReads: 141,
} as const;

/** How a command ends after an error. */
export interface Verdict {
  readonly exitCode: number;
  /** For programs. */
  readonly code: string;
  /** For people. */
  readonly message: string;
}

export function badUse(message: string): Verdict {
  return { exitCode: exitCodes.badUse, code: 'BAD_USE', message };
}
