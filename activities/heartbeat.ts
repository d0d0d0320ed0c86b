import { activityInfo } from '@temporalio/activity';
import { beat } from './attempt-notes.js';

/** The number of heartbeats within the timeout after which a silent worker counts as dead. */
const beatsInTime = 3;

/**
 * Heartbeats while the work runs, so that the attempt learns of a cancellation and the server notices a dead
 * worker.
 */
export async function heartbeatWhile<T>(work: Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs, startToCloseTimeoutMs } = activityInfo();
  const beats = setInterval(beat, (heartbeatTimeoutMs ?? startToCloseTimeoutMs) / beatsInTime);
  try {
    return await work;
  } finally {
    clearInterval(beats);
  }
}
