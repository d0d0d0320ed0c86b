import type { NeonOperation } from '../../neon/operations.js';

type Seen = Pick<NeonOperation, 'action' | 'created_at' | 'updated_at'>;

/**
 * How long Neon's operations take, from their creation to their end, learned from those that this worker has
 * seen. It is kept in memory alone: a worker that has just started knows nothing.
 */
export interface OperationDurations {
  /** Learns from an operation that has ended. */
  ended(operation: Seen, region?: string): void;
  /**
   * Learns from an operation that is still under way, in milliseconds since its creation: it takes longer than
   * was expected.
   */
  outlasted(action: string, ageMs: number, region?: string): void;
  /**
   * The time since its creation after which such an operation has most likely ended, in milliseconds;
   * `undefined` if none has been seen. Without a region, or in a region where none has been seen, those of all
   * regions count.
   */
  expected(action: string, region?: string): number | undefined;
}

interface Estimate {
  readonly meanMs: number;
  /** The mean of how far durations are from the mean. */
  readonly spreadMs: number;
}

/*
 * The estimate of TCP's retransmission timeout (RFC 6298), whose question is the same: how long to wait for an
 * answer before asking again. A mean that follows the latest durations, and so many mean deviations above it.
 * TCP's mean follows half as fast; a worker sees far fewer operations than a connection sees packets.
 */
const gain = 1 / 4;
/** Two mean deviations cover nine tenths of all durations and more, whatever their usual distribution. */
const deviations = 2;
/** Timers and the way to Neon are no more exact than this. */
const grainMs = 100;
/** Neon adds actions and regions now and then; this is many more than it has. */
const mostKinds = 1_000;

export function createOperationDurations(): OperationDurations {
  const estimates = new Map<string, Estimate>();
  const everywhere = (action: string) => ` ${action}`;
  const kinds = (action: string, region?: string) =>
    region === undefined ? [everywhere(action)] : [`${region} ${action}`, everywhere(action)];
  const learn = (kind: string, ms: number) => {
    const before = estimates.get(kind);
    if (before === undefined && estimates.size >= mostKinds) return;
    estimates.set(kind, before === undefined ? { meanMs: ms, spreadMs: 0 } : adjusted(before, ms));
  };
  const expectedOf = (kind: string) => {
    const known = estimates.get(kind);
    return known && known.meanMs + Math.max(deviations * known.spreadMs, grainMs);
  };
  return {
    ended({ action, created_at, updated_at }, region) {
      const ms = Date.parse(updated_at) - Date.parse(created_at);
      if (ms >= 0) for (const kind of kinds(action, region)) learn(kind, ms);
    },
    outlasted(action, ageMs, region) {
      for (const kind of kinds(action, region)) if (ageMs > (expectedOf(kind) ?? ageMs)) learn(kind, ageMs);
    },
    expected(action, region) {
      for (const kind of kinds(action, region)) {
        const expected = expectedOf(kind);
        if (expected !== undefined) return Math.round(expected);
      }
      return undefined;
    },
  };
}

function adjusted({ meanMs, spreadMs }: Estimate, ms: number): Estimate {
  return {
    meanMs: meanMs + (ms - meanMs) * gain,
    spreadMs: spreadMs + (Math.abs(ms - meanMs) - spreadMs) * gain,
  };
}
