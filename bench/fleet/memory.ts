import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';
import { median } from '../figures.js';

const sampleMs = 250;

export interface MemoryWatch {
  /** Resident megabytes: the most that any one sample found, and the usual. */
  read(): { readonly most: number; readonly median: number };
  stop(): void;
}

/** Samples a process's memory; which process that is may change. Reads `/proc`, so on Linux alone. */
export function watchMemory(pid: () => number | undefined): MemoryWatch {
  const samples: number[] = [];
  const timer = setInterval(() => {
    const of = pid();
    const found = of === undefined ? undefined : residentMegabytes(of);
    if (found !== undefined) samples.push(found);
  }, sampleMs);
  return {
    read: () => ({ most: Math.max(...samples), median: median(samples) }),
    stop: () => clearInterval(timer),
  };
}

function residentMegabytes(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    // It has been killed.
    return undefined;
  }
}
