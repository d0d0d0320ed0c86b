import { SealError, TenantryError } from '../client/errors.js';
import { ScheduleError } from '../client/schedules/schedule-errors.js';
import { PackagesMissingError } from '../local/needed-packages.js';
import { StackBusyError, StackNoteError } from '../local/running-stack.js';
import { StartError } from '../local/start-error.js';
import { ToolchainMissingError } from '../local/toolchain/toolchain-missing-error.js';
import { UnfitToolError } from '../local/toolchain/unfit-tool-error.js';
import { EnvironmentError } from '../tenancy/environment.js';
import { FleetFileError } from '../worker/load-fleet.js';
import { serverProblem } from '../worker/server-problem.js';
import { badUse, exitCodes, type Verdict } from './exit-codes.js';
import { temporalProblem } from './temporal-problem.js';
import { UsageError } from './usage-error.js';

const byErrorCode: Readonly<Record<string, number>> = {
  INVALID_TENANT_ID: exitCodes.badUse,
  REQUEST_UNFIT: exitCodes.badUse,
  UNKNOWN_PLAN: exitCodes.badUse,
  TENANT_STATE_CONFLICT: exitCodes.badUse,
  NOT_OFFBOARDING: exitCodes.badUse,
  NOTHING_TO_GIVE_UP: exitCodes.badUse,
  NO_OPERATION: exitCodes.badUse,
  TOO_LATE_TO_UNDO: exitCodes.failed,
  TENANT_NOT_FOUND: exitCodes.notFound,
  BRANCH_NOT_FOUND: exitCodes.notFound,
  SNAPSHOT_NOT_FOUND: exitCodes.notFound,
  BUILD_NOT_FOUND: exitCodes.notFound,
  PROJECT_NOT_FOUND: exitCodes.notFound,
  RECONCILE_REFUSED: exitCodes.failed,
  RECONCILE_UNDER_WAY: exitCodes.busy,
  ENDPOINT_NOT_FOUND: exitCodes.notFound,
  EVENT_NOT_FOUND: exitCodes.notFound,
  ROLLOUT_NOT_FOUND: exitCodes.notFound,
  TENANT_BUSY: exitCodes.busy,
  ROLLOUT_UNDER_WAY: exitCodes.busy,
  ROLLOUT_ABORTED: exitCodes.badUse,
  TEMPORAL_UNREACHABLE: exitCodes.cannotReach,
  CATALOG_UNREACHABLE: exitCodes.cannotReach,
  CATALOG_NOT_MIGRATED: exitCodes.cannotReach,
  SCHEDULE_NOT_FOUND: exitCodes.notFound,
  SCHEDULE_CONTENDED: exitCodes.busy,
  INVALID_BACKFILL: exitCodes.badUse,
};

/** Errors that a person fixes with a different command. */
const misuse = [
  UsageError,
  EnvironmentError,
  FleetFileError,
  PackagesMissingError,
  ToolchainMissingError,
  UnfitToolError,
];

/** Other errors whose message is all that a person needs. */
const toldInFull = [SealError, StackBusyError, StackNoteError, StartError];

/** The codes of `--json` for errors that are not the client's. A code never changes. */
export type CommandErrorCode = 'BAD_USE' | 'CANNOT_REACH' | 'DISK_FULL' | 'FAILED' | 'INTERRUPTED';

/** The message and the exit code for an error. An unexpected error is printed with its stack. */
export async function verdictOn(error: unknown): Promise<Verdict> {
  if (!(error instanceof Error)) return failed('FAILED', String(error));
  const { message } = error;
  if (error instanceof TenantryError || error instanceof ScheduleError)
    return { exitCode: byErrorCode[error.code] ?? exitCodes.failed, code: error.code, message };
  if (misuse.some((type) => error instanceof type)) return badUse(message);
  if (error instanceof SealError) return failed('SEAL', message);
  if (toldInFull.some((type) => error instanceof type)) return failed('FAILED', message);
  if (isDiskFull(error))
    return failed('DISK_FULL', `no room is left on the disk (${message}): make some, and repeat the command`);
  const server = serverProblem(error) ?? (await temporalProblem(error));
  if (server === undefined) return failed('FAILED', error.stack ?? message);
  return server.unreachable
    ? { exitCode: exitCodes.cannotReach, code: 'CANNOT_REACH', message: server.message }
    : badUse(server.message);
}

/** The first line about an error, where there is no room for more. */
export async function firstLineOn(error: unknown): Promise<string> {
  const [line = ''] = (await verdictOn(error)).message.split('\n', 1);
  return line;
}

function failed(code: CommandErrorCode | 'SEAL', message: string): Verdict {
  return { exitCode: exitCodes.failed, code, message };
}

/** Node reports a full disk with a code; the database of the emulator's state and Postgres report it in words. */
function isDiskFull(error: Error): boolean {
  return ('code' in error && error.code === 'ENOSPC') || /no space left on device/i.test(error.message);
}
