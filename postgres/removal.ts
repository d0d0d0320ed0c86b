import { spawn } from 'node:child_process';
import { toolEnvironment } from './tool-environment.js';

/**
 * Removes folders when this process has ended, even if it was killed. The removal is tried for some seconds,
 * because processes on a leash may still be writing into them while they end.
 */
export function removeWhenGone(...folders: readonly string[]): { cancel(): void } {
  const script =
    'trap "" INT HUP TERM; while read -r line; do [ "$line" = keep ] && exit 0; done; tries=0; ' +
    'while ! rm -rf -- "$@" && [ "$tries" -lt 10 ]; do sleep 1; tries=$((tries + 1)); done; ' +
    // A process that was ending may have written again after the first removal.
    'sleep 2; rm -rf -- "$@"';
  const shell = spawn('/bin/sh', ['-c', script, 'removal', ...folders], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: toolEnvironment(),
  });
  shell.unref();
  const pipe = shell.stdin;
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
  pipe.on('error', () => {});
  return { cancel: () => void pipe.end('keep\n') };
}
