import type { Usage } from '../state/records.js';
import type { Frame } from './frames.js';
import { hourMs } from './hours.js';

/** The storage of one branch: a root has all its data, a child at most what was written since it left its parent. */
export interface Storage {
  readonly rows: readonly Usage[];
  readonly isRoot: boolean;
  /** Since when there is the branch, as far as anybody knows. */
  readonly born: number;
  /** Until when the last known size holds: now, or the end of a branch that is gone. */
  readonly until: number;
}

interface Size {
  readonly since: number;
  readonly bytes: number;
}

/** Bytes times hours within a frame. A size holds until another has been seen, also while the compute sleeps. */
export function byteHours(storage: Storage, frame: Frame): number {
  const sizes = sizesOf(storage);
  return sizes.reduce((total, { since, bytes }, index) => {
    const until = sizes[index + 1]?.since ?? storage.until;
    const covered = Math.min(until, frame.end) - Math.max(since, frame.start);
    return total + (Math.max(0, covered) / hourMs) * bytes;
  }, 0);
}

/**
 * Byte-hours of history within a frame: what was written is kept for the retention, counted from the beginning of its hour. Neon bills it of
 * root branches only (https://neon.com/faqs/postgres-instant-rollback-tools).
 */
export function historyByteHours(
  { rows, isRoot, until }: Storage,
  frame: Frame,
  retentionMs: number,
): number {
  if (!isRoot) return 0;
  return rows.reduce((total, { hour, writtenBytes }) => {
    const covered = Math.min(hour + retentionMs, until, frame.end) - Math.max(hour, frame.start);
    return total + (Math.max(0, covered) / hourMs) * writtenBytes;
  }, 0);
}

export function bytesNow(storage: Storage): number {
  return sizesOf(storage).at(-1)?.bytes ?? 0;
}

function sizesOf({ rows, isRoot, born }: Storage): Size[] {
  let written = 0;
  return [...rows]
    .sort((a, b) => a.hour - b.hour)
    .map(({ hour, logicalBytes, writtenBytes }) => {
      written += writtenBytes;
      return { since: Math.max(hour, born), bytes: isRoot ? logicalBytes : Math.min(written, logicalBytes) };
    });
}
