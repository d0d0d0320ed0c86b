import { log, TemporalFailure } from '@temporalio/workflow';
import type { PoolTask } from '../activities/catalog/pool.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { noTenant } from '../tenancy/tenant-id.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';
import { isStale } from './frame/own-run.js';

export interface FillPoolInput {
  readonly fleet: string;
  readonly plan: string;
  readonly timings: OwnTimings;
}

/** The number of projects that were made or brought up to date, and that could not be. */
export interface PoolFilled {
  readonly ready: number;
  readonly failed: number;
}

/** A project is some thirty events. Should the pool not be full by then, the next sweep begins another run. */
const mostProjects = 100;

/**
 * Fills a plan's pool: creates projects, migrates them and puts them to sleep, a few at a time, until the pool is full.
 * The catalog says what is lacking, so a run that ends at any point has lost nothing: what it left unfinished is deleted.
 */
export async function fillPool({ fleet, plan, timings }: FillPoolInput): Promise<PoolFilled> {
  const activities = activitiesOf(timings);
  const pool = { tenant: { fleet, id: noTenant }, plan };
  const done = { ready: 0, failed: 0 };
  for (let turn = 0; done.ready < mostProjects; turn += 1) {
    const { tasks, settingsMark } = await activities.beginPoolTurn({ ...pool, turn });
    if (tasks.length === 0) break;
    const outcomes = await Promise.all(
      tasks.map((task) => makeReady(activities, { ...pool, settingsMark }, task)),
    );
    const failures = outcomes.filter((outcome) => typeof outcome === 'object');
    done.ready += outcomes.filter((outcome) => outcome === 'ready').length;
    done.failed += failures.length;
    const [first] = failures;
    if (first === undefined) continue;
    log.warn('the pool could not be filled', { plan, ...first });
    await activities.notePoolTrouble({ ...pool, trouble: `${first.type}: ${first.message}` });
    return done;
  }
  await activities.notePoolTrouble(pool);
  return done;
}

movesToTheCurrentBuild(fillPool);

interface PoolToFill {
  readonly tenant: { readonly fleet: string; readonly id: typeof noTenant };
  readonly plan: string;
  readonly settingsMark: string;
}

/** Returns why the project could not be made ready, if so: then it has been given up. */
async function makeReady(
  activities: Activities,
  { tenant, plan, settingsMark }: PoolToFill,
  { name, projectId: known }: PoolTask,
): Promise<'ready' | 'drained' | FailureReason> {
  const of = { tenant, plan, name };
  try {
    const projectId = known ?? (await activities.createPoolProject({ ...of, settingsMark }));
    const schemaMark = await activities.preparePoolProject({ ...of, projectId });
    await putToSleep(activities, { tenant, projectId });
    await activities.publishPoolProject({ ...of, schemaMark });
    return 'ready';
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    // No plan wants it any more, and the sweep has condemned it.
    if (isStale(error)) return 'drained';
    try {
      await activities.condemnPoolProject(of);
    } catch (late) {
      if (!(late instanceof TemporalFailure) || !isStale(late)) throw late;
    }
    return reasonOf(error);
  }
}

/** A compute that nobody uses yet must not cost anything, whatever the plan says about its sleep. */
async function putToSleep(
  activities: Activities,
  project: { readonly tenant: PoolToFill['tenant']; readonly projectId: string },
): Promise<void> {
  for (const endpointId of await activities.findEndpoints(project)) {
    const operationIds = await activities.suspendEndpoint({ ...project, endpointId });
    if (operationIds.length > 0) await activities.awaitOperations({ ...project, operationIds });
  }
}
