import type { Catalog } from '../catalog/catalog.js';
import { rolloutWords } from '../tenancy/rollout.js';
import type { Attention } from './attention-kinds.js';

/** Of a fleet's latest rollouts so many are looked at. One that was stopped and is older was left so by its people. */
const latest = 100;

/** Rollouts that a person has to see to. */
export async function stoppedRollouts(
  { rollouts }: Pick<Catalog, 'rollouts'>,
  fleet: string,
): Promise<Attention[]> {
  const all = await rollouts.list(fleet, latest);
  return all
    .filter(({ state }) => state === 'stopped')
    .map(({ id, verb, request, counts, trouble, stoppedAt }) => ({
      kind: 'rollout-stopped',
      message: `rollout ${id}, a ${rolloutWords(verb, request)}, was stopped: ${trouble ?? `${counts.failed} failed`}`,
      ...(stoppedAt && { since: stoppedAt.toISOString() }),
      command: trouble === undefined ? `fleet report ${id} --state failed` : `fleet status ${id}`,
    }));
}
