import type { Catalog } from '../catalog/catalog.js';
import { rolloutWords } from '../tenancy/rollout.js';
import type { Attention } from './attention-kinds.js';
import type { OperationStarter } from './operation-starter.js';
import { whyRunsAreStuck } from './rollouts/stuck-runs.js';

/** The number of a fleet's latest rollouts that are checked. An older stopped one was left that way by its people. */
const latest = 100;

/** Rollouts that need a person. */
export async function stoppedRollouts(
  { rollouts }: Pick<Catalog, 'rollouts'>,
  { fleet, temporal, visibility }: Pick<OperationStarter, 'fleet' | 'temporal' | 'visibility'>,
): Promise<Attention[]> {
  const all = await rollouts.list(fleet.name, latest);
  const stuck: Attention[] = [];
  for (const rollout of all) {
    const why = await whyRunsAreStuck({ temporal, rollouts, visibility }, rollout);
    if (why === undefined) continue;
    const { id, verb, request } = rollout;
    stuck.push({
      kind: 'rollout-stuck',
      message: `rollout ${id}, a ${rolloutWords(verb, request)}, does not get on: ${why}`,
      command: `fleet status ${id}`,
    });
  }
  const stopped = all
    .filter(({ state }) => state === 'stopped')
    .map(({ id, verb, request, counts, trouble, stoppedAt }) => ({
      kind: 'rollout-stopped' as const,
      message: `rollout ${id}, a ${rolloutWords(verb, request)}, was stopped: ${trouble ?? `${counts.failed} failed`}`,
      ...(stoppedAt && { since: stoppedAt.toISOString() }),
      command: trouble === undefined ? `fleet report ${id} --state failed` : `fleet status ${id}`,
    }));
  return [...stopped, ...stuck];
}
