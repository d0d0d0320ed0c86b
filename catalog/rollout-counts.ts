import type { Kysely, Selectable } from 'kysely';
import { type MemberState, memberStates, type RolloutPace, type RolloutState } from '../tenancy/rollout.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';

/** How many tenants are in which state. */
export type RolloutCounts = Readonly<Record<MemberState, number>>;

/** Of a wave that has nobody. */
export const none: RolloutCounts = { waiting: 0, running: 0, asleep: 0, succeeded: 0, failed: 0, skipped: 0 };

/** By wave. */
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

/** Where it stands, by what is noted of it. */
export function stateOf(row: Selectable<RolloutsTable>, counts: RolloutCounts): RolloutState {
  if (row.ended_at !== null) return row.wanted === 'abort' ? 'aborted' : 'done';
  if (row.wanted === 'abort') return 'aborting';
  if (row.stopped_at !== null) return 'stopped';
  if (row.wanted === 'pause') return 'paused';
  if (row.enrolled_at === null) return 'running';
  return counts.asleep > 0 && counts.waiting + counts.running === 0 ? 'asleep' : 'running';
}

/** More have failed than are allowed to. */
export function isOverBudget({ maxFailures }: RolloutPace, { failed }: RolloutCounts): boolean {
  return failed > maxFailures;
}
