import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.js';
import type { Writer } from '../catalog/tenant.js';
import { detailsOf, isFailureType } from '../tenancy/failures.js';
import type { ReportedStep, Wait } from '../tenancy/progress.js';
import { stepOf } from './own-fleet.js';
import { pauseAfter } from './work-time.js';

/** What a workflow adds to the input of the first activity after a change of its progress. */
const reportSchema = z.object({
  progress: z.array(z.custom<ReportedStep>((step) => typeof step === 'object')),
});

/**
 * A shorter wait, in milliseconds, ends before anybody could read about it, and every look at Neon has one.
 */
const shortestWait = 1_500;

/**
 * Keeps a run's progress in the catalog, where following it costs Temporal nothing: the steps that the
 * workflow sends with its activities, and, for each failed attempt, the reason to wait for the next one. An
 * attempt that runs longer than the timeout for a dead one is working, so the wait is over. A failure to
 * record progress delays nothing.
 */
export function progressReporter(catalog: Pick<Catalog, 'progress'>): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const writer = writerIn(input.args);
      if (writer === undefined) return next(input);
      const { activityId, attempt, heartbeatTimeoutMs, startToCloseTimeoutMs } = activityInfo();
      const report = reportSchema.safeParse(input.args[0]).data;
      if (report !== undefined) await unheard(catalog.progress.report(writer, report.progress));
      const goOn = () => unheard(catalog.progress.goOn(writer, activityId, attempt));
      let atWork: Promise<void> | undefined;
      const working = setTimeout(() => {
        atWork = attempt > 1 ? goOn() : undefined;
      }, heartbeatTimeoutMs ?? startToCloseTimeoutMs);
      try {
        const result = await next(input);
        if (attempt > 1) await goOn();
        return result;
      } catch (error) {
        clearTimeout(working);
        // The last record wins.
        await atWork;
        const wait = waitAfter(error);
        if (wait !== undefined) await unheard(catalog.progress.wait(writer, activityId, wait));
        else if (attempt > 1) await goOn();
        throw error;
      } finally {
        clearTimeout(working);
      }
    },
  };
}

function writerIn(args: readonly unknown[]): Writer | undefined {
  const tenant = stepOf(args);
  const run = activityInfo().workflowExecution;
  return tenant === undefined || run === undefined ? undefined : { ...tenant, ...run };
}

/** Why the next attempt is delayed; nothing if there is none or it comes at once. */
function waitAfter(error: unknown): Wait | undefined {
  if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) return undefined;
  const { type, message } = error;
  // The catalog cannot record its own outage.
  if (!isFailureType(type) || type === 'CatalogUnavailable') return undefined;
  const { attempt, scheduledTimestampMs: since } = activityInfo();
  const next = Date.now() + pauseAfter(error);
  if (next - since < shortestWait) return undefined;
  const { requestId } = detailsOf(error);
  return {
    reason: message,
    type,
    attempts: attempt,
    since: new Date(since).toISOString(),
    nextAttemptAt: new Date(next).toISOString(),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

async function unheard(noted: Promise<void>): Promise<void> {
  await noted.catch(() => {});
}
