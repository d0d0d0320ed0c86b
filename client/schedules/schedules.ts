import {
  type Client,
  type ScheduleClient,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleOverlapPolicy,
  ScheduleNotFoundError as TemporalKnowsNone,
} from '@temporalio/client';
import type { Fleet } from '../../tenancy/fleet.js';
import { defaultTaskQueue, scheduleId } from '../../tenancy/naming.js';
import { onceTemporalAnswers } from '../reach-temporal.js';
import { requireCodec } from '../require-codec.js';
import { deleteSchedule, planSchedules, type ScheduleChange, settleSchedule } from './apply-schedules.js';
import { describeSchedule, isOurs, undeclaredSchedules } from './find-schedules.js';
import { type FleetSchedule, missingSchedule, presentSchedule } from './fleet-schedule.js';
import { InvalidBackfillError, ScheduleNotFoundError } from './schedule-errors.js';
import { type WantedSchedule, wantedSchedules } from './wanted-schedule.js';

export interface FleetSchedulesOptions {
  readonly fleet: Fleet;
  readonly temporal: Client;
  /** The workers' queue. @default the queue named after the fleet */
  readonly taskQueue?: string | undefined;
}

/**
 * The schedules of a fleet: the declared ones, and those that exist at Temporal. All methods throw
 * `TemporalUnreachableError`.
 */
export class FleetSchedules {
  readonly #fleet: Fleet;
  readonly #client: ScheduleClient;
  readonly #wanted: readonly WantedSchedule[];

  constructor({ fleet, temporal, taskQueue = defaultTaskQueue(fleet.name) }: FleetSchedulesOptions) {
    requireCodec(fleet, temporal);
    this.#fleet = fleet;
    this.#client = temporal.schedule;
    this.#wanted = wantedSchedules(fleet, taskQueue);
  }

  /**
   * Makes Temporal match the fleet's declarations: creates, updates what differs, deletes what is no longer declared.
   * It is idempotent. Pauses and notes of operators stay; other people's schedules are left alone. Throws
   * `ForeignScheduleError` before anything is changed, `ScheduleContendedError`.
   */
  apply({ dryRun = false } = {}): Promise<ScheduleChange[]> {
    return onceTemporalAnswers(this.#client, async () => {
      const plan = await planSchedules(this.#client, this.#fleet.name, this.#wanted);
      if (dryRun) return plan;
      const made: ScheduleChange[] = [];
      for (const planned of plan) made.push(await this.#carryOut(planned));
      return made;
    });
  }

  /** Every declared or existing schedule, by name. */
  list(): Promise<FleetSchedule[]> {
    return onceTemporalAnswers(this.#client, () => this.#list());
  }

  async #list(): Promise<FleetSchedule[]> {
    const ids = await undeclaredSchedules(this.#client, this.#fleet.name, this.#wanted);
    const described = await Promise.all(
      [...this.#wanted, ...ids].map(async ({ name, id }) => {
        const wanted = this.#wanted.find((one) => one.name === name);
        const present = await describeSchedule(this.#client, id);
        if (isOurs(present, this.#fleet.name)) return presentSchedule(name, present, wanted !== undefined);
        return wanted === undefined ? [] : missingSchedule(wanted);
      }),
    );
    return described.flat().sort((one, other) => one.name.localeCompare(other.name));
  }

  /**
   * Starts no more runs until `resume`; a run that is under way continues. An apply leaves the schedule paused.
   * Throws `ScheduleNotFoundError`.
   */
  pause(name: string, note?: string): Promise<void> {
    // Temporal ignores a pause with an empty note.
    return this.#with(name, (schedule) => schedule.pause(note || 'paused with tenantry'));
  }

  /** Ends a pause, and puts the declared note back. Throws `ScheduleNotFoundError`. */
  resume(name: string): Promise<void> {
    // As with a pause: it needs a note.
    const { note = 'resumed with tenantry' } = this.#fleet.schedules[name] ?? {};
    return this.#with(name, (schedule) => schedule.unpause(note));
  }

  /** Starts a run now, paused or not, unless one is under way. Throws `ScheduleNotFoundError`. */
  trigger(name: string): Promise<void> {
    // Explicit, because the SDK's default lets runs overlap regardless of the schedule's policy.
    return this.#with(name, (schedule) => schedule.trigger(ScheduleOverlapPolicy.SKIP));
  }

  /**
   * Starts every run that was due from `from` to `to`, both included, one after the other, paused or not. A time counts
   * with its jitter. Throws `InvalidBackfillError`, `ScheduleNotFoundError`.
   */
  async backfill(name: string, { from, to }: { readonly from: Date; readonly to: Date }): Promise<void> {
    if (!(from.getTime() < to.getTime())) {
      throw new InvalidBackfillError('a backfill is from one moment to a later one', name);
    }
    if (to.getTime() > Date.now()) {
      throw new InvalidBackfillError(
        'a backfill ends in the past: what is still to come runs by itself',
        name,
      );
    }
    const backfill = { start: from, end: to, overlap: ScheduleOverlapPolicy.BUFFER_ALL };
    await this.#with(name, (schedule) => schedule.backfill(backfill));
  }

  async #carryOut(planned: ScheduleChange): Promise<ScheduleChange> {
    if (planned.change === 'none') return planned;
    if (planned.change === 'delete') {
      const deleted = await deleteSchedule(this.#client, planned.scheduleId);
      return { ...planned, change: deleted ? 'delete' : 'none' };
    }
    const wanted = this.#wanted.find(({ id }) => id === planned.scheduleId);
    return wanted === undefined ? planned : settleSchedule(this.#client, this.#fleet.name, wanted);
  }

  #with(name: string, work: (schedule: ScheduleHandle) => Promise<void>): Promise<void> {
    return onceTemporalAnswers(this.#client, () => this.#withPresent(name, work));
  }

  async #withPresent(name: string, work: (schedule: ScheduleHandle) => Promise<void>): Promise<void> {
    const id = scheduleId(this.#fleet.name, name);
    const present: ScheduleDescription | undefined = await describeSchedule(this.#client, id);
    if (!isOurs(present, this.#fleet.name)) throw this.#notFound(name);
    try {
      await work(this.#client.getHandle(id));
    } catch (error) {
      throw error instanceof TemporalKnowsNone ? this.#notFound(name) : error;
    }
  }

  #notFound(name: string): ScheduleNotFoundError {
    const declared = Object.keys(this.#fleet.schedules);
    const why = declared.includes(name)
      ? 'it is declared, but not applied yet'
      : `the fleet declares ${declared.join(', ') || 'none'}`;
    return new ScheduleNotFoundError(`there is no schedule "${name}": ${why}`, name);
  }
}
