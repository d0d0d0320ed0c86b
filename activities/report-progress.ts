import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.js';
import type { Writer } from '../catalog/tenant.js';
import { detailsOf, isFailureType } from '../tenancy/failures.js';
import type { ReportedStep, Wait } from '../tenancy/progress.js';
import { stepOf } from './own-fleet.js';
import { pauseAfter } from './work-time.js';

/** What a workflow adds to the input of the first activity after its progress has changed. */
const reportSchema = z.object({
  progress: z.array(z.custom<ReportedStep>((step) => typeof step === 'object')),
});

/** A shorter wait, in milliseconds, is over before anybody could read about it, and every look at Neon has one. */
const shortestWait = 1_500;

/**
 * Keeps the progress of a run in the catalog, where following it costs Temporal nothing: the steps as the workflow sends them with
 * its activities, and from each attempt that fails why the next one is still to come. An attempt that outlives the time in which
 * a dead one is missed is at work, and the wait for it over. What cannot be noted holds nothing up.
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
        // What is noted last holds.
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

/** Why the next attempt is still to come; nothing where there is none, or it comes at once. */
function waitAfter(error: unknown): Wait | undefined {
  if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) return undefined;
  const { type, message } = error;
  // It cannot be noted in the catalog that the catalog is away.
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
