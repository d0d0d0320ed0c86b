import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  QueryRejectedError,
  ServiceError,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { isFailureType } from '../tenancy/failures.js';
import { progressQueryName } from '../tenancy/naming.js';
import type { Progress, StepProgress, Wait } from '../tenancy/progress.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { catalogAbsence } from './catalog-absence.js';
import type { Look, ProgressFeed } from './progress-feed.js';
import { stepsIn } from './steps-in.js';
import { temporalAbsence } from './temporal-absence.js';
import { workerAbsence } from './worker-absence.js';

export interface Followed {
  readonly workflow: WorkflowHandle;
  readonly tenantId: TenantId;
  readonly runId: string;
  readonly feed: ProgressFeed;
}

/** The outcome of a run. */
type End = 'done' | 'failed';

/**
 * Yields every step of a run as it begins, waits and ends, read from the catalog. Temporal is only asked for the
 * run's end, in one call that waits for it, and for runs that the catalog does not have because they do not hold
 * their tenant, such as a preview. While Temporal or the catalog is out of reach, the step's wait says so. No call
 * stays open when the caller stops early.
 */
export async function* followProgress(followed: Followed): AsyncGenerator<StepProgress, void> {
  const { tenantId, runId, feed, workflow } = followed;
  const following = new AbortController();
  // Each call that waits for the end adds a listener, and during a run there is one call a minute.
  setMaxListeners(0, following.signal);
  const end = endOf(workflow, following.signal);
  const looks = feed.watch(tenantId, following.signal);
  const news = new News();
  const ownSteps = (look: Look | undefined): Progress =>
    look?.run?.runId === runId ? stepsIn(look.run) : [];
  try {
    for (let seen = 0, asking = growing(); ; seen += 1) {
      const next = await Promise.race([looks.next(), end]);
      if (typeof next === 'string') break;
      const look = next.value ?? undefined;
      // At first a run may not have begun yet, and a worker may have only just started.
      const early = seen === 0;
      const absent =
        temporalAbsence(workflow.client) ??
        catalogAbsence(feed) ??
        (look === undefined || early ? undefined : workerAbsence(look.worker, feed.taskQueue));
      let steps = ownSteps(look);
      // Otherwise nothing would answer the query.
      if (steps.length === 0 && !early && absent === undefined && asking.isDue())
        steps = await askedOf(workflow);
      yield* news.of(absent === undefined ? steps : waitingFor(absent, steps, news.last));
    }
    const last = ownSteps(await feed.look(tenantId));
    const known = last.length > 0 ? last : news.last;
    const steps = known.length > 0 ? known : await askedOf(workflow);
    yield* news.of(ended(steps, await end));
  } finally {
    following.abort();
    await looks.return();
  }
}

/** The steps of a run that has ended: a step that was running ended with it. */
function ended(steps: Progress, end: End): Progress {
  const endedAt = new Date().toISOString();
  return steps.map(({ wait: _, until: __, ...step }) =>
    step.status === 'running' ? { ...step, status: end, endedAt } : step,
  );
}

/** Resolves once the run has ended, and never once the follower has stopped. */
function endOf(workflow: WorkflowHandle, signal: AbortSignal): Promise<End> {
  return workflow.client.withAbortSignal(signal, async () => {
    for (;;) {
      try {
        await workflow.result();
        return 'done';
      } catch (error) {
        // A run that is not found ended so long ago that Temporal has removed it, or it was deleted.
        if (error instanceof WorkflowFailedError || error instanceof WorkflowNotFoundError) return 'failed';
        if (signal.aborted) return new Promise<End>(() => {});
        // While Temporal is out of reach, wait for its next response.
        await sleep(1_000, undefined, { signal }).catch(() => {});
      }
    }
  });
}

const silences = [ServiceError, QueryRejectedError, WorkflowNotFoundError];

/**
 * How long a worker may take to answer a query, in milliseconds. A worker that has just died never answers, and the
 * caller should learn that soon.
 */
const askMs = 1_500;

/** What the run itself reports, and what Temporal knows about its waits. */
async function askedOf(workflow: WorkflowHandle): Promise<Progress> {
  try {
    const [steps, { raw }] = await workflow.client.withDeadline(Date.now() + askMs, () =>
      Promise.all([workflow.query<Progress>(progressQueryName), workflow.describe()]),
    );
    const [waiting] = (raw.pendingActivities ?? []).filter(({ lastFailure }) => lastFailure != null);
    const failure = waiting?.lastFailure;
    if (waiting === undefined || failure == null) return steps;
    const type = failure.applicationFailureInfo?.type;
    const wait: Wait = {
      reason:
        failure.encodedAttributes == null ? (failure.message ?? '') : 'the reason is encrypted in Temporal',
      type: isFailureType(type) ? type : 'Unexpected',
      attempts: Math.max(1, (waiting.attempt ?? 2) - 1),
    };
    return steps.map((step) => (step.status === 'running' ? { ...step, wait } : step));
  } catch (error) {
    // Without a worker to answer there is nothing new to report: the run waits too, or it ended before it began.
    if (silences.some((silence) => error instanceof silence)) return [];
    throw error;
  }
}

/** The wait belongs to the running step, or else to the next one. */
function waitingFor(wait: Wait, steps: Progress, last: Progress): Progress {
  const known = steps.length > 0 ? steps : last;
  if (known.length === 0) return [{ name: 'begin', status: 'waiting', wait }];
  const running = known.findIndex(({ status }) => status === 'running');
  const at = running === -1 ? known.findIndex(({ status }) => status === 'waiting') : running;
  return known.map((step, index) => (index === at ? { ...step, wait } : step));
}

/** Yields what has changed since the last call. */
class News {
  readonly #told = new Map<string, string>();
  /** The steps as last yielded. */
  last: Progress = [];

  *of(steps: Progress): Generator<StepProgress, void> {
    if (steps.length > 0) this.last = steps;
    for (const step of steps) {
      const { name, status, wait } = step;
      const known = `${status} ${wait?.type ?? ''} ${wait?.attempts ?? ''}`;
      if (this.#told.get(name) === known || (status === 'waiting' && wait === undefined)) continue;
      this.#told.set(name, known);
      yield step;
    }
  }
}

/** Due at once, and then after pauses that grow to 5 s: every request to Temporal costs money. */
function growing() {
  let due = 0;
  let pauseMs = 500;
  return {
    isDue(): boolean {
      const now = performance.now();
      if (now < due) return false;
      due = now + pauseMs;
      pauseMs = Math.min(pauseMs * 1.5, 5_000);
      return true;
    },
  };
}
