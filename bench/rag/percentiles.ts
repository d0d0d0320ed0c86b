import { processorSeconds } from '../processor-seconds.js';

/** In milliseconds, as they are printed. */
export interface Percentiles {
  readonly p50: string;
  readonly p95: string;
}

export function percentiles(times: readonly number[]): Percentiles {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5).toFixed(1), p95: at(0.95).toFixed(1) };
}

/** What the work takes of the processor in this process and all that it has started, in milliseconds: no busy machine changes that. */
export async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = processorSeconds();
  await work();
  return (processorSeconds() - before) * 1_000;
}
