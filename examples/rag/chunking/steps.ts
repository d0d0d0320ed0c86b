import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work that can pause wherever it yields. */
export type Steps<T> = Generator<void, T, void>;

export function allAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** So long the work holds up everything else in the process. */
const turnMs = 20;

/** Lets whatever else the process has to do run in between: heartbeats, and the work of other tenants. */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (let began = performance.now(); ; ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - began < turnMs) continue;
    await nextTurn();
    signal?.throwIfAborted();
    began = performance.now();
  }
}
