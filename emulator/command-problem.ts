import { z } from 'zod';
import { UnfitOptionError } from './unfit-option-error.js';

/** What a person wrote that cannot be, in a sentence; nothing when the fault is not theirs. */
export function commandProblem(error: unknown): string | undefined {
  if (error instanceof UnfitOptionError) return error.message;
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; ');
  if (!(error instanceof Error && 'code' in error)) return undefined;
  const code = String(error.code);
  if (code === 'LEVEL_DATABASE_NOT_OPEN' && isLocked(error.cause))
    return '--data-dir: another emulator works in that folder';
  return code.startsWith('ERR_PARSE_ARGS_') ? error.message : listening[code];
}

function isLocked(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}

const listening: Readonly<Record<string, string>> = {
  EADDRINUSE: '--port: it is taken; name another, or leave it out for one that is free',
  EACCES: '--port: this user may not listen there',
  EADDRNOTAVAIL: '--host: this machine does not have that address',
  ENOTFOUND: '--host: no host of that name is known',
};
