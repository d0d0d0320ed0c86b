import { SealError, TenantryError } from '../client/errors.js';
import { ScheduleError } from '../client/schedule-errors.js';
import { StackBusyError, StackNoteError } from '../local/running-stack.js';
import { StartError } from '../local/start-error.js';
import { ToolchainMissingError } from '../local/toolchain-missing-error.js';
import { UnfitToolError } from '../local/unfit-tool-error.js';
import { EnvironmentError } from '../tenancy/environment.js';
import { FleetFileError } from '../worker/load-fleet.js';
import { serverProblem } from '../worker/server-problem.js';
import { UsageError } from './usage-error.js';

/** What the command line's exit codes mean. */
export const exitCodes = { done: 0, failed: 1, badUse: 2, notFound: 3, busy: 4, cannotReach: 5 } as const;

const byErrorCode: Readonly<Record<string, number>> = {
  INVALID_TENANT_ID: exitCodes.badUse,
  REQUEST_UNFIT: exitCodes.badUse,
  UNKNOWN_PLAN: exitCodes.badUse,
  TENANT_STATE_CONFLICT: exitCodes.badUse,
  NOT_OFFBOARDING: exitCodes.badUse,
  NOTHING_TO_GIVE_UP: exitCodes.badUse,
  TOO_LATE_TO_UNDO: exitCodes.failed,
  TENANT_NOT_FOUND: exitCodes.notFound,
  BRANCH_NOT_FOUND: exitCodes.notFound,
  TENANT_BUSY: exitCodes.busy,
  SCHEDULE_NOT_FOUND: exitCodes.notFound,
  SCHEDULE_CONTENDED: exitCodes.busy,
  INVALID_BACKFILL: exitCodes.badUse,
};

/** What a person mends by asking differently. */
const misuse = [UsageError, EnvironmentError, FleetFileError, ToolchainMissingError, UnfitToolError];

/** Other errors whose message is all that a person needs. */
const toldInFull = [SealError, StackBusyError, StackNoteError, StartError];

/** What to say of an error and what to exit with. An error that nobody foresaw is told with its stack. */
export async function verdictOn(
  error: unknown,
): Promise<{ readonly exitCode: number; readonly message: string }> {
  if (!(error instanceof Error)) return { exitCode: exitCodes.failed, message: String(error) };
  const { message } = error;
  if (error instanceof TenantryError || error instanceof ScheduleError)
    return { exitCode: byErrorCode[error.code] ?? exitCodes.failed, message };
  if (misuse.some((type) => error instanceof type)) return { exitCode: exitCodes.badUse, message };
  if (toldInFull.some((type) => error instanceof type)) return { exitCode: exitCodes.failed, message };
  const server = serverProblem(error);
  if (server !== undefined)
    return {
      exitCode: server.unreachable ? exitCodes.cannotReach : exitCodes.badUse,
      message: server.message,
    };
  if (await temporalFailed(error))
    return { exitCode: exitCodes.cannotReach, message: `cannot reach it: ${message}` };
  return { exitCode: exitCodes.failed, message: error.stack ?? message };
}

async function temporalFailed(error: Error): Promise<boolean> {
  const { isGrpcServiceError } = await import('@temporalio/client');
  return isGrpcServiceError(error) || /failed to connect/i.test(error.message);
}
