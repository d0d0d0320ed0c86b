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

/** How often a follower looks into the catalog, in milliseconds. */
const lookMs = 1_000;
/** How many rows of a report are read at a time. */
const page = 500;

/** A rollout, and what it waits for where it cannot get on. */
export interface FollowedRollout extends Rollout {
  readonly wait?: Wait;
}

/** A hold on a rollout. All methods throw `RolloutNotFoundError`; those that change it also `TemporalUnreachableError`. */
export class RolloutHandle {
  readonly #starter: RolloutStarter;

  constructor(
    starter: RolloutStarter,
    readonly id: string,
  ) {
    this.#starter = starter;
  }

  /** Where it stands, by the catalog. */
  status(): Promise<Rollout> {
    return knownRollout(this.#starter, this.id);
  }

  /**
   * Why a workflow of yours does not get on, though the rollout is `running`: no worker knows its type, for instance. Nothing where it gets on, of
   * operations, and while Temporal cannot be asked.
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
   * Where it stands now, and again with each change, until nothing more happens by itself: it is over, paused, stopped, or waits for sleepers.
   * While it cannot get on because no worker is up, or Temporal is away, `wait` says so.
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

  /** Waits until nothing more happens by itself, and returns where it stands then. */
  async result(): Promise<Rollout> {
    let last = await this.status();
    for await (const status of this.follow()) last = status;
    return last;
  }

  /** What has become of each of its tenants, by id: of all, or of those in some states. */
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

  /** Nothing more begins. What has begun comes to its end. */
  pause(): Promise<Rollout> {
    return this.#want('pause');
  }

  /**
   * It goes on where it was, after a pause. One that was stopped needs a `maxFailures` that what has failed does not pass, or `retryFailed`.
   * What is given here holds from now on. Throws `RequestUnfitError`, `RolloutAbortedError`.
   */
  resume(pace: Partial<RolloutPace> = {}): Promise<Rollout> {
    return this.#want('run', pace);
  }

  /** Nothing more ever begins. What has begun comes to its end. */
  abort(): Promise<Rollout> {
    return this.#want('abort');
  }

  /**
   * Gives those that failed another turn, and those that another operation kept busy; also of a rollout that is done. One that is paused
   * stays so. Throws `RolloutAbortedError`, and `RolloutUnderWayError` where it is done and another such one is under way.
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

  /** What is away that it needs to get on. */
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
