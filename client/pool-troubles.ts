import type { Catalog } from '../catalog/catalog.js';
import type { Fleet } from '../tenancy/fleet.js';
import { plansWithPools } from '../tenancy/pool.js';
import type { Attention } from './attention-kinds.js';

/** Pools that could not be filled, and their projects that Neon does not delete. */
export async function poolTroubles(
  { pool }: Pick<Catalog, 'pool'>,
  { name, plans }: Pick<Fleet, 'name' | 'plans'>,
): Promise<Attention[]> {
  const wanted = new Map(plansWithPools(plans));
  const [states, undeleted] = await Promise.all([
    pool.states(name, [...wanted.keys()]),
    pool.undeleted(name),
  ]);
  return [
    ...states.flatMap(({ plan, ready, trouble }): Attention[] => {
      if (trouble === undefined) return [];
      const message = `the pool of plan "${plan}" has ${ready} of ${wanted.get(plan)?.size ?? 0} projects: ${trouble.message}`;
      return [{ kind: 'pool-not-filled', message, since: trouble.since.toISOString(), command: 'doctor' }];
    }),
    ...undeleted.map(
      ({ name: project, trouble }): Attention => ({
        kind: 'pool-not-filled',
        message: `project "${project}", which was to wait for a tenant, could not be deleted: ${trouble}`,
        command: 'doctor',
      }),
    ),
  ];
}
