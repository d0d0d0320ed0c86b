import { onOneLine } from '../../tenancy/redact.js';

/** An error about a schedule. `code` distinguishes the errors. */
export abstract class ScheduleError extends Error {
  abstract readonly code: string;

  constructor(
    message: string,
    readonly schedule: string,
  ) {
    super(onOneLine(message));
    this.name = new.target.name;
  }
}

/** Temporal has no such schedule of this fleet. */
export class ScheduleNotFoundError extends ScheduleError {
  readonly code = 'SCHEDULE_NOT_FOUND';
}

/** Somebody else created a schedule with the id that this one would have. It was left unchanged. */
export class ForeignScheduleError extends ScheduleError {
  readonly code = 'FOREIGN_SCHEDULE';
}

/** The schedule could not be made to match its declaration, because somebody else keeps changing it. */
export class ScheduleContendedError extends ScheduleError {
  readonly code = 'SCHEDULE_CONTENDED';
}

/** The time range of a backfill is empty or in the future. No request was sent to Temporal. */
export class InvalidBackfillError extends ScheduleError {
  readonly code = 'INVALID_BACKFILL';
}
