import { exitCodes } from './exit-codes.js';

/**
 * Whoever reads us may stop before we do, as `head` does. Other programs are ended by SIGPIPE then; Node ignores that signal, and
 * the write fails. We end as they do, with the exit code that a shell gives for that signal.
 */
export function endWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error) => {
      if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.nobodyReads);
      throw error;
    });
}
