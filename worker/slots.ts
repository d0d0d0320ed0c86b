import type { CompanionQueue } from '../tenancy/naming.js';

/** The numbers of concurrent tasks of one worker. */
export interface Slots extends Readonly<Record<CompanionQueue, number>> {
  /** The user's own activities. */
  readonly own: number;
  /** Cheap reads of the catalog, within a workflow task. */
  readonly local: number;
  /** Concurrent workflow tasks. Each takes moments, however many workflows are running. */
  readonly workflows: number;
  /**
   * Workflows that are kept in memory between their tasks; the others are replayed. `undefined`: as many as memory
   * allows.
   */
  readonly cached: number | undefined;
}

export const defaultSlots: Slots = {
  neon: 20,
  consumption: 4,
  steps: 16,
  code: 10,
  heavy: 2,
  own: 100,
  local: 8,
  workflows: 40,
  cached: undefined,
};

/** Each of these tasks may use a connection to the catalog at the same time, and so may the health check. */
export function catalogConnections({ neon, consumption, steps, code, heavy, local }: Slots): number {
  return neon + consumption + steps + code + heavy + local + 1;
}
