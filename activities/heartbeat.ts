import { beat } from './attempt-notes.js';

/** Keeps telling the server that this attempt lives, so that it hears of a cancellation and a dead worker is noticed. */
export async function heartbeatWhile<T>(everyMs: number, work: Promise<T>): Promise<T> {
  const beats = setInterval(beat, everyMs);
  try {
    return await work;
  } finally {
    clearInterval(beats);
  }
}
