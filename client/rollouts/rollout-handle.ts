import { setTimeout as sleep } from 'node:timers/promises';
import type { Rollout, RolloutMember } from '../../catalog/rollouts.js';
import { type MemberState, type RolloutPace, rolloutPaceSchema } from '../../tenancy/rollout.js';
import { RequestUnfitError } from '../errors.js';
import { knownRollout, lookAgain, type RolloutStarter } from './known-rollout.js';

/** How often a follower looks into the catalog, in milliseconds. */
const lookMs = 1_000;
/** How many rows of a report are read at a time. */
const page = 500;

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

  /** Where it stands now, and again with each change, until nothing more happens by itself: it is over, paused, stopped, or waits for sleepers. */
  async *follow(signal?: AbortSignal): AsyncGenerator<Rollout, void, undefined> {
    for (let last = ''; !signal?.aborted; await sleep(lookMs, undefined, { signal }).catch(() => {})) {
      const status = await this.status();
      const seen = JSON.stringify([status.state, status.counts, status.wave]);
      if (seen !== last) yield status;
      last = seen;
      if (status.state !== 'running') return;
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

  /** It goes on where it was, after a pause or once it was stopped. What is given here holds from now on. Throws `RequestUnfitError`. */
  resume(pace: Partial<RolloutPace> = {}): Promise<Rollout> {
    return this.#want('run', pace);
  }

  /** Nothing more ever begins. What has begun comes to its end. */
  abort(): Promise<Rollout> {
    return this.#want('abort');
  }

  /** Gives those that failed another turn, and those that another operation kept busy; also of a rollout that is over. */
  async retryFailed(): Promise<Rollout> {
    const { fleet, catalog } = this.#starter;
    await this.status();
    await catalog.rollouts.retry(fleet.name, this.id);
    return this.#looked();
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
    return this.#looked();
  }

  async #looked(): Promise<Rollout> {
    const status = await this.status();
    if (status.endedAt === undefined) await lookAgain(this.#starter, status);
    return status;
  }
}
