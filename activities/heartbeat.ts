import { activityInfo } from '@temporalio/activity';
import { beat } from './attempt-notes.js';

/** So many beats fit into the time after which a silent worker is taken for dead. */
const beatsInTime = 3;

/** Keeps telling the server that this attempt lives, so that it hears of a cancellation and a dead worker is noticed. */
export async function heartbeatWhile<T>(work: Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs, startToCloseTimeoutMs } = activityInfo();
  const beats = setInterval(beat, (heartbeatTimeoutMs ?? startToCloseTimeoutMs) / beatsInTime);
  try {
    return await work;
  } finally {
    clearInterval(beats);
  }
}
