import path from 'node:path';

const files = {
  worker: 'worker.log',
  temporal: 'temporal/temporal.log',
  catalog: 'catalog.log',
  emulator: 'emulator.log',
  /** What `dev` says, where it runs in the background. */
  stack: 'stack.log',
} as const;

/** A part of a stack that keeps a log. */
export type LoggedPart = keyof typeof files;
export const loggedParts = Object.keys(files) as readonly LoggedPart[];

export function logFileOf(stateDir: string, part: LoggedPart): string {
  return path.join(stateDir, files[part]);
}
