import type { CompanionQueue } from '../tenancy/naming.js';

/** How much one worker does at once. */
export interface Slots extends Readonly<Record<CompanionQueue, number>> {
  /** The user's own activities. */
  readonly own: number;
  /** Cheap looks into the catalog, in the middle of a workflow's task. */
  readonly local: number;
  /** Workflows that take a turn at the same moment. It is moments, however many are under way. */
  readonly workflows: number;
  /** Workflows that are kept in memory between their turns; the others are replayed. `undefined`: as memory allows. */
  readonly cached: number | undefined;
}

export const defaultSlots: Slots = {
  neon: 20,
  steps: 16,
  code: 10,
  heavy: 2,
  own: 100,
  local: 8,
  workflows: 40,
  cached: undefined,
};

/** Each of these may hold a connection to the catalog at the same moment, and so may the health check. */
export function catalogConnections({ neon, steps, code, heavy, local }: Slots): number {
  return neon + steps + code + heavy + local + 1;
}
