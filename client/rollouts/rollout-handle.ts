import { setTimeout as sleep } from 'node:timers/promises';
import { AnotherRolloutError, type Rollout, type RolloutMember } from '../../catalog/rollouts.js';
import type { Wait } from '../../tenancy/progress.js';
import { goesOnByItself, type MemberState, type RolloutPace, rolloutWords } from '../../tenancy/rollout.js';
import { rolloutPaceSchema } from '../../tenancy/rollout-schemas.js';
import { visibilityOf } from '../../tenancy/visibility.js';
import { RequestUnfitError, RolloutAbortedError, RolloutUnderWayError } from '../errors.js';
import { temporalAbsence } from '../temporal-absence.js';
import { workerAbsence } from '../worker-absence.js';
import { knownRollout, lookAgain, type RolloutStarter } from './known-rollout.js';
import { whyRunsAreStuck } from './stuck-runs.js';

/** How often a follower polls the catalog, in milliseconds. */
const lookMs = 1_000;
/** The number of rows of a report that are read at once. */
const page = 500;

/** A rollout, with its wait if it cannot continue. */
export interface FollowedRollout extends Rollout {
  readonly wait?: Wait;
}

/**
 * A handle on a rollout. All methods throw `RolloutNotFoundError`; those that change it also
 * `TemporalUnreachableError`.
 */
export class RolloutHandle {
  readonly #starter: RolloutStarter;

  constructor(
    starter: RolloutStarter,
    readonly id: string,
  ) {
    this.#starter = starter;
  }

  /** The rollout's state in the catalog. */
  status(): Promise<Rollout> {
    return knownRollout(this.#starter, this.id);
  }

  /**
   * Why a workflow of yours makes no progress, although the rollout is `running`: no worker knows its type, for
   * instance. `undefined` when it makes progress, for operations, and while Temporal is out of reach.
   */
  async whyStuck(): Promise<string | undefined> {
    const { fleet, temporal, catalog } = this.#starter;
    return whyRunsAreStuck(
      {
        temporal,
        rollouts: catalog.rollouts,
        visibility: (id) => visibilityOf(fleet, id, () => catalog.installation()),
      },
      await this.status(),
    );
  }

  /**
   * Yields the present state, and again each changed one, until nothing more happens by itself: the rollout is over,
   * paused, stopped, or waits for sleeping tenants. While it cannot continue because no worker is running, or
   * Temporal is out of reach, `wait` says so.
   */
  async *follow(signal?: AbortSignal): AsyncGenerator<FollowedRollout, void, undefined> {
    for (let last = ''; !signal?.aborted; await sleep(lookMs, undefined, { signal }).catch(() => {})) {
      const status = await this.status();
      const wait = goesOnByItself(status.state) && last !== '' ? await this.#absence() : undefined;
      const seen = JSON.stringify([status.state, status.counts, status.wave, wait?.reason]);
      if (seen !== last) yield wait === undefined ? status : { ...status, wait };
      last = seen;
      if (!goesOnByItself(status.state)) return;
    }
  }

  /** Waits until nothing more happens by itself, and returns the state at that time. */
  async result(): Promise<Rollout> {
    let last = await this.status();
    for await (const status of this.follow()) last = status;
    return last;
  }

  /** The results of its tenants, by id: of all, or of those in some states. */
  async *report({
    states,
  }: {
    readonly states?: readonly MemberState[];
  } = {}): AsyncGenerator<RolloutMember, void, undefined> {
    await this.status();
    const { fleet, catalog } = this.#starter;
    let after: string | undefined;
    for (;;) {
      const rows = await catalog.rollouts.members(fleet.name, this.id, { states, limit: page, after });
      yield* rows;
      if (rows.length < page) return;
      after = rows.at(-1)?.tenantId;
    }
  }

  /** Begins no more tenants. Operations that have begun continue to their end. */
  pause(): Promise<Rollout> {
    return this.#want('pause');
  }

  /**
   * Continues after a pause. A stopped rollout needs a `maxFailures` of at least its present failures, or
   * `retryFailed`. The given settings apply from now on. Throws `RequestUnfitError`, `RolloutAbortedError`.
   */
  resume(pace: Partial<RolloutPace> = {}): Promise<Rollout> {
    return this.#want('run', pace);
  }

  /** Never begins another tenant. Operations that have begun continue to their end. */
  abort(): Promise<Rollout> {
    return this.#want('abort');
  }

  /**
   * Retries the tenants that failed, and those that another operation kept busy, even in a finished rollout. A paused
   * one stays paused. Throws `RolloutAbortedError`, and `RolloutUnderWayError` when it is finished and another such
   * rollout is under way.
   */
  async retryFailed(): Promise<Rollout> {
    const { fleet, catalog } = this.#starter;
    const { verb, request } = await this.status();
    try {
      await catalog.rollouts.retry(fleet.name, this.id);
    } catch (error) {
      if (!(error instanceof AnotherRolloutError)) throw error;
      throw new RolloutUnderWayError(error.rolloutId, rolloutWords(verb, request));
    }
    return this.#looked('run');
  }

  /** The missing service that it needs in order to continue. */
  async #absence(): Promise<Wait | undefined> {
    const { fleet, temporal, catalog, taskQueue } = this.#starter;
    const away = temporalAbsence(temporal);
    if (away !== undefined) return away;
    const [worker] = await catalog.workers.of(fleet.name, taskQueue);
    return workerAbsence(worker, taskQueue);
  }

  async #want(wanted: 'run' | 'pause' | 'abort', pace: Partial<RolloutPace> = {}): Promise<Rollout> {
    const checked = rolloutPaceSchema.partial().safeParse(pace);
    if (!checked.success)
      throw new RequestUnfitError(
        checked.error.issues.map(({ path, message }) => `"${path.join('.')}" ${message}`).join('; '),
      );
    const { fleet, catalog } = this.#starter;
    await this.status();
    const given = Object.fromEntries(Object.entries(pace).filter(([, value]) => value !== undefined));
    await catalog.rollouts.want(fleet.name, this.id, wanted, given);
    return this.#looked(wanted);
  }

  async #looked(wanted: 'run' | 'pause' | 'abort'): Promise<Rollout> {
    const status = await this.status();
    if (wanted === 'run' && (status.state === 'aborting' || status.state === 'aborted'))
      throw new RolloutAbortedError(this.id);
    if (status.endedAt === undefined) await lookAgain(this.#starter, status);
    return status;
  }
}
