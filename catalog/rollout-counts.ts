import type { Kysely, Selectable } from 'kysely';
import { type MemberState, memberStates, type RolloutPace, type RolloutState } from '../tenancy/rollout.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';

/** The number of tenants in each state. */
export type RolloutCounts = Readonly<Record<MemberState, number>>;

/** For a wave without tenants. */
export const none: RolloutCounts = { waiting: 0, running: 0, asleep: 0, succeeded: 0, failed: 0, skipped: 0 };

/** The counts by wave. */
export async function countsOf(
  db: Kysely<CatalogSchema>,
  fleet: string,
  id: string,
): Promise<RolloutCounts[]> {
  const rows = await db
    .selectFrom('rollout_counts')
    .select(['wave', 'state', 'tenants'])
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .execute();
  const waves: RolloutCounts[] = [];
  for (const { wave, state, tenants } of rows)
    waves[wave] = { ...(waves[wave] ?? none), [state]: Number(tenants) };
  return Array.from(waves, (counts) => counts ?? none);
}

export function total(waves: readonly RolloutCounts[]): RolloutCounts {
  const sum = (state: MemberState) => waves.reduce((so, counts) => so + counts[state], 0);
  return Object.fromEntries(memberStates.map((state) => [state, sum(state)])) as Record<MemberState, number>;
}

/** A rollout's state, derived from its row and its counts. */
export function stateOf(row: Selectable<RolloutsTable>, counts: RolloutCounts): RolloutState {
  if (row.ended_at !== null) return row.wanted === 'abort' ? 'aborted' : 'done';
  if (row.wanted === 'abort') return 'aborting';
  if (row.stopped_at !== null) return 'stopped';
  if (row.wanted === 'pause') return 'paused';
  if (row.enrolled_at === null) return 'running';
  return counts.asleep > 0 && counts.waiting + counts.running === 0 ? 'asleep' : 'running';
}

/** Whether more tenants have failed than the rollout allows. */
export function isOverBudget({ maxFailures }: RolloutPace, { failed }: RolloutCounts): boolean {
  return failed > maxFailures;
}
