import { isRunning, type ProcessIdentity } from '../setup/process-identity.mjs';

export {
  isRunning,
  ownIdentity,
  type ProcessIdentity,
  startFromPs,
  startOf,
} from '../setup/process-identity.mjs';

/** Sends a signal to that very process; returns whether it still ran. */
export async function signalProcess(to: ProcessIdentity, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(to))) return false;
  try {
    process.kill(to.pid, signal);
    return true;
  } catch (error) {
    // It ended in between.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
