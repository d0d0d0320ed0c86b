import type { PoolTask } from '../../catalog/pool-run.js';
import { poolProjectName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { type PoolInput, type PoolProjectInput, poolRunOf } from '../pool-input.js';
import { wantedPool } from '../wanted-pools.js';

export type { PoolTask } from '../../catalog/pool-run.js';

/** What a run does next for a pool. */
export interface PoolTurn {
  readonly tasks: readonly PoolTask[];
  /** A digest of the plan's settings, with which the projects are to be created. */
  readonly settingsMark: string;
}

/** Takes the next projects to create or to bring up to date; none once the pool is full, or is not wanted any more. */
export function beginPoolTurn(dependencies: Dependencies) {
  return async (input: PoolInput & { readonly turn: number }): Promise<PoolTurn> => {
    const { catalog } = dependencies;
    const run = poolRunOf(input);
    const wanted = await wantedPool(dependencies, input.plan);
    if (wanted === undefined) return { tasks: [], settingsMark: '' };
    const installation = await catalog.installation();
    const names = Array.from({ length: wanted.refill }, (_, index) =>
      poolProjectName(run.fleet, installation, run.runId, `${input.turn}/${index}`),
    );
    return { tasks: await catalog.pool.begin(run, wanted, names), settingsMark: wanted.settingsMark };
  };
}

/** From here on an onboarding can take the project. */
export function publishPoolProject({ catalog }: Dependencies) {
  return (input: PoolProjectInput & { readonly schemaMark: string }): Promise<void> =>
    catalog.pool.publish(poolRunOf(input), input.name, input.schemaMark);
}

/** Gives the project up: the sweep deletes it, and whatever a create of its name may still make. */
export function condemnPoolProject({ catalog }: Dependencies) {
  return (input: PoolProjectInput): Promise<void> => catalog.pool.condemn(poolRunOf(input), input.name);
}

/** The longest wait before a pool that could not be filled is tried again, in sweeps. */
const longestWait = 60;

/** Records why the pool could not be filled; without a reason, that it could. */
export function notePoolTrouble({ catalog, fleet: { timings } }: Dependencies) {
  return ({ tenant: { fleet }, plan, trouble }: PoolInput & { readonly trouble?: string }): Promise<void> =>
    trouble === undefined
      ? catalog.pool.clearTrouble({ fleet, plan })
      : catalog.pool.noteTrouble({ fleet, plan }, trouble, {
          firstMs: timings.sweep,
          longestMs: timings.sweep * longestWait,
        });
}
