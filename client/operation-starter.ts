import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { z } from 'zod';
import type { Fleet } from '../tenancy/fleet.js';
import { hookNames } from '../tenancy/hooks.js';
import { type TenantOperation, tenantOperations } from '../tenancy/lifecycle.js';
import { tenantWorkflowId } from '../tenancy/naming.js';
import { operationOptions } from '../tenancy/operation-options.js';
import { operationRuns } from '../tenancy/operation-runs.js';
import { operationWords } from '../tenancy/operation-words.js';
import type { Stage } from '../tenancy/search-attributes.js';
import { textProblem } from '../tenancy/storable.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Visibility } from '../tenancy/visibility.js';
import type { AnyOperation } from './any-operation.js';
import { RequestUnfitError, TemporalUnreachableError, TenantBusyError } from './errors.js';
import { fairnessKey } from './fairness-key.js';
import { type OperationHandle, operationHandle } from './operation-handle.js';
import type { ProgressFeed } from './progress-feed.js';
import { onceTemporalAnswers, reachTemporal } from './reach-temporal.js';
import { reachableHandle } from './reachable-handle.js';

/** A requested operation. */
export interface OperationCall {
  readonly operation: TenantOperation;
  readonly id: TenantId;
  readonly plan: string;
  readonly stage: Stage;
  /** The customer that the tenant belongs to. */
  readonly customer?: string | undefined;
  /** The workflow's input besides the tenant; it also tells two requests apart. */
  readonly request: Readonly<Record<string, unknown>>;
  /**
   * Called when the last run succeeded with the same request: returns whether its result is still valid, so that no
   * new run is started. @default the result is not valid
   */
  readonly isDone?: () => Promise<boolean>;
}

/** An operation as Temporal describes it. */
export interface AcceptedOperation {
  readonly operation: TenantOperation;
  readonly request: Readonly<Record<string, unknown>>;
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAt: Date;
  /** Whether it has not ended. */
  readonly isOpen: boolean;
}

/** The part of a run's memo that tells a second caller what is under way. */
const memoSchema = z.object({
  operation: z.enum(tenantOperations),
  request: z.record(z.string(), z.unknown()),
});

/** The form of Temporal's run ids: Temporal reports any other id as invalid, instead of as not found. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** The number of runs in one query. */
const listedAtOnce = 200;

/**
 * Starts operations, one at a time for each tenant: all of them share one workflow id.
 *
 * It uses a plain start rather than update-with-start: the start alone means that the run is durably accepted, and it
 * costs one action instead of two.
 */
export class OperationStarter {
  constructor(
    readonly fleet: Fleet,
    readonly temporal: Client,
    readonly taskQueue: string,
    readonly feed: ProgressFeed,
    /** What identifies a tenant in its runs, if it is not the id. */
    readonly visibility: (id: TenantId) => Promise<Visibility | undefined>,
  ) {}

  /**
   * Returns a handle on a run of this request: a new one, or the one that is under way. Throws `TenantBusyError` when
   * a run of another request is under way, `RequestUnfitError`, `TemporalUnreachableError`.
   */
  async start<Result>(call: OperationCall): Promise<OperationHandle<Result>> {
    const problem = textProblem(call.request);
    if (problem !== undefined) throw new RequestUnfitError(problem, call.id);
    const visibility = await this.visibility(call.id);
    const workflowId = tenantWorkflowId(this.fleet.name, call.id, visibility?.tenant);
    const runId = await reachTemporal(
      this.temporal,
      () => this.#startOrJoin(call, workflowId, visibility),
      call.id,
    );
    return this.#handle(call.operation, call.id, workflowId, runId);
  }

  /** The operation under way, or else the last one that ended; `undefined` when Temporal knows of none. */
  async latest(id: TenantId): Promise<AnyOperation | undefined> {
    const run = await this.#latestRun(id);
    return run && this.#handleOn(id, run);
  }

  /** The operation under way; `undefined` when there is none. */
  async underWay(id: TenantId): Promise<AnyOperation | undefined> {
    const run = await this.running(id);
    return run && this.#handleOn(id, run);
  }

  /** The same, as Temporal describes it, even before a worker has begun it. */
  async running(id: TenantId, withinMs?: number): Promise<AcceptedOperation | undefined> {
    const run = await this.#latestRun(id, withinMs);
    return run?.isOpen ? run : undefined;
  }

  /** Why Temporal is out of reach, in a sentence; `undefined` while it responds. */
  async away(): Promise<string | undefined> {
    try {
      await onceTemporalAnswers(this.temporal, async () => {});
      return undefined;
    } catch (error) {
      if (error instanceof TemporalUnreachableError) return error.message;
      throw error;
    }
  }

  /** Whether a run of the tenant has not ended. */
  async isOpen(id: TenantId, runId: string, withinMs?: number): Promise<boolean> {
    return (await this.#describe(id, runId, withinMs))?.status.name === 'RUNNING';
  }

  /**
   * Returns those of the runs that Temporal lists as under way. The list may be some seconds old. Throws
   * `TemporalUnreachableError`.
   */
  async openAmong(runIds: readonly string[]): Promise<string[]> {
    const known = runIds.filter((runId) => uuid.test(runId));
    const open: string[] = [];
    for (let from = 0; from < known.length; from += listedAtOnce) {
      const among = known.slice(from, from + listedAtOnce).map((runId) => `'${runId}'`);
      const query = `ExecutionStatus = 'Running' AND RunId IN (${among.join(', ')})`;
      await reachTemporal(this.temporal, async () => {
        for await (const { runId } of this.temporal.workflow.list({ query, pageSize: listedAtOnce }))
          open.push(runId);
      });
    }
    return open;
  }

  async #latestRun(id: TenantId, withinMs?: number): Promise<AcceptedOperation | undefined> {
    const run = await this.#describe(id, undefined, withinMs);
    if (run === undefined) return undefined;
    const memo = memoSchema.safeParse(run.memo).data;
    // A run that somebody started by hand has no memo of ours, but its type says what it does.
    const operation = memo?.operation ?? operationOf(run.type);
    if (operation === undefined) return undefined;
    const { workflowId, runId, startTime: startedAt } = run;
    const isOpen = run.status.name === 'RUNNING';
    return { operation, request: memo?.request ?? {}, workflowId, runId, startedAt, isOpen };
  }

  async #describe(
    id: TenantId,
    runId?: string,
    withinMs?: number,
  ): Promise<WorkflowExecutionDescription | undefined> {
    const visibility = await this.visibility(id);
    const workflowId = tenantWorkflowId(this.fleet.name, id, visibility?.tenant);
    const workflow = this.temporal.workflow.getHandle(workflowId, runId);
    try {
      return await reachTemporal(this.temporal, () => workflow.describe(), id, withinMs);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /** The operation determines the type of its result. */
  #handleOn(id: TenantId, { operation, workflowId, runId }: AcceptedOperation): AnyOperation {
    return this.#handle(operation, id, workflowId, runId) as AnyOperation;
  }

  #handle<Result>(
    operation: TenantOperation,
    id: TenantId,
    workflowId: string,
    runId: string,
  ): OperationHandle<Result> {
    const workflow = this.temporal.workflow.getHandle<() => Promise<Result>>(workflowId, runId);
    return reachableHandle(this.temporal, operationHandle(operation, id, workflow, runId, this.feed));
  }

  async #startOrJoin(
    call: OperationCall,
    workflowId: string,
    visibility: Visibility | undefined,
  ): Promise<string> {
    try {
      return await this.#startNow(
        call,
        workflowId,
        visibility,
        call.isDone
          ? WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
          : WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    // The tenant's last run succeeded. If it had the same request, its result is this call's result, unless the
    // catalog was restored to a time before it. If the tenant has changed since, the new run learns that from the
    // catalog.
    const last = await this.temporal.workflow.getHandle(workflowId).describe();
    if (isSame(call, last) && (await call.isDone?.())) return last.runId;
    return this.#startNow(call, workflowId, visibility, WorkflowIdReusePolicy.ALLOW_DUPLICATE);
  }

  async #startNow(
    call: OperationCall,
    workflowId: string,
    visibility: Visibility | undefined,
    workflowIdReusePolicy: WorkflowIdReusePolicy,
  ): Promise<string> {
    const { fleet } = this;
    const { operation, id, plan, stage, customer, request } = call;
    const { workflowType, ...options } = operationOptions({
      operation,
      tenant: { fleet: fleet.name, id },
      request,
      hooks: hookNames(fleet.hooks),
      timings: fleet.timings,
      plan,
      stage,
      visibility,
      fairnessKey: customer === undefined ? undefined : fairnessKey(fleet.name, customer),
    });
    const { firstExecutionRunId: runId } = await this.temporal.workflow.start(workflowType, {
      ...options,
      taskQueue: this.taskQueue,
      workflowIdReusePolicy,
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    });
    // `USE_EXISTING` silently returns a run of any type with that id, so check what was joined.
    const run = await this.temporal.workflow.getHandle(workflowId, runId).describe();
    if (isSame(call, run)) return runId;
    const running = runningIn(run);
    const inWords = runningIn(run, operationWords);
    throw new TenantBusyError(`tenant "${call.id}" is busy: ${inWords} is under way`, call.id, running, {
      runId,
    });
  }
}

function operationOf(workflowType: string): TenantOperation | undefined {
  return tenantOperations.find((operation) => operationRuns[operation].workflow === workflowType);
}

function isSame(call: OperationCall, run: WorkflowExecutionDescription): boolean {
  const memo = memoSchema.safeParse(run.memo);
  if (run.type !== operationRuns[call.operation].workflow || !memo.success) return false;
  return JSON.stringify(memo.data.request) === JSON.stringify(call.request);
}

/** Describes a run's operation: `changePlan (plan: pro)`, or the same in words. */
function runningIn(run: WorkflowExecutionDescription, words: Readonly<Record<string, string>> = {}): string {
  const memo = memoSchema.safeParse(run.memo);
  if (!memo.success) return run.type;
  const asked = Object.entries(memo.data.request).map(
    ([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  const operation = words[memo.data.operation] ?? memo.data.operation;
  return asked.length === 0 ? operation : `${operation} (${asked.join(', ')})`;
}
