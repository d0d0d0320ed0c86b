import { existsSync, readFileSync } from 'node:fs';
import { descendantsOf } from '../test/support/processes.js';

/** Linux counts processor time in hundredths of a second, whatever its own clock does. */
const ticksPerSecond = 100;

/**
 * What this process and all that it has started have used so far, those that have ended included; not a number where there is
 * no `/proc`. Take the difference of two.
 */
export function processorSeconds(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const pids = [process.pid, ...descendantsOf(process.pid).map(({ pid }) => pid)];
  return pids.reduce((total, pid) => total + ticksOf(pid), 0) / ticksPerSecond;
}

/** Of a process and of the children that it has seen end: fields 14 to 17 of `/proc/<pid>/stat`. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may have anything in it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0);
  } catch {
    // It has ended while we looked, and its parent counts it.
    return 0;
  }
}
