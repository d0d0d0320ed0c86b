import { exitCodes } from './exit-codes.js';

/**
 * The reader of our output may stop before we do, as `head` does. SIGPIPE then ends other programs; Node ignores that
 * signal, and the write fails. We end as they do, with a shell's exit code for that signal.
 */
export function endWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error) => {
      if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.nobodyReads);
      throw error;
    });
}
