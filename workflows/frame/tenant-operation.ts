import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  log,
  TemporalFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OperationBegun } from '../../activities/catalog/begin-operation.js';
import type { ProjectInput, TenantInput } from '../../activities/tenant-input.js';
import type { OwnTimings } from '../../tenancy/default-timings.js';
import type { FailureReason } from '../../tenancy/failure-reason.js';
import type { HookName } from '../../tenancy/hooks.js';
import type { TenantOperation, TenantState } from '../../tenancy/lifecycle.js';
import { rolloutIn } from '../../tenancy/naming.js';
import { type Stage, searchAttributeKeysOf } from '../../tenancy/search-attributes.js';
import type { StartedBy } from '../../tenancy/started-by.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Visibility } from '../../tenancy/visibility.js';
import { type Activities, activitiesOf } from './activities.js';
import { asBefore, endAsBefore } from './as-before.js';
import { endingWith, reasonOf } from './failure-reason.js';
import { isStale, ownRun } from './own-run.js';
import { type Step, trackProgress } from './progress.js';
import { letGo, shielded } from './shielded.js';
import { createUndo, type Undo } from './undo.js';
import { wantedHooks } from './wanted-hooks.js';

const mendStep = 'repair what was left';

/** The input of every operation on a tenant. */
export interface OperationInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly timings: OwnTimings;
  /** The hooks of the fleet that requests the operation. @default the hooks of the worker that begins it */
  readonly hooks?: readonly HookName[];
  /** @default the tenant's id, and the standard attribute names */
  readonly visibility?: Visibility;
  /** @default a person */
  readonly startedBy?: StartedBy;
}

export interface OperationContext<Name extends string> {
  readonly activities: Activities;
  /** The input of every activity: the tenant. */
  readonly held: TenantInput;
  /** Runs one named step of the story, and keeps the run's progress. */
  readonly step: Step<Name>;
  /** The input of an activity on the tenant's project. Throws if the catalog has no project. */
  readonly project: ProjectInput;
  readonly undo: Undo;
  /** The tenant as the operation found it. */
  readonly begun: OperationBegun;
  /** Calls the user's hook in the middle of the story, if the client's fleet has it. Returns whether it did. */
  callHookWithin(): Promise<boolean>;
  /**
   * Brings the tenant back to its last settled state, whatever has happened since. Returns a sentence for each repair.
   */
  asBefore(): Promise<string[]>;
}

export interface OperationStory<Name extends string, Result> {
  readonly operation: TenantOperation;
  /** The steps that people see, in order. */
  readonly names: readonly Name[];
  /** The user's hook that is called before the story, and belongs to it. */
  readonly hookBefore?: HookName;
  /** Whether the hook before is called for the tenant as it was found. @default always */
  wantsHook?(begun: OperationBegun): boolean;
  /** The user's hook that the story calls itself. */
  readonly hookWithin?: HookName;
  /** The steps after the hook within. */
  readonly namesAfterHook?: readonly Name[];
  /** The user's hook that is called at the end. Its failure is recorded but does not fail the operation. */
  readonly hookAfter?: HookName;
  /**
   * Leftovers of an earlier operation are not repaired first: this story works from any state, and must not need a database
   * that answers.
   */
  readonly copesWithLeftovers?: true;
  /** Claims the tenant, if that takes more than the lifecycle. @default `beginOperation` */
  begin?(activities: Activities, held: TenantInput): Promise<OperationBegun>;
  /** The operation's parameters: kept in the audit trail, so nothing secret. */
  readonly asked?: Readonly<Record<string, unknown>>;
  /** What the operation does once it holds the tenant. */
  run(context: OperationContext<Name>): Promise<Done<Result>>;
  /** The result if the tenant is already where the operation leads. */
  nothingToDo?(begun: OperationBegun): Result;
}

export interface Done<Result> {
  readonly result: Result;
  /** How the tenant's row changes on success. */
  readonly change?: {
    readonly plan?: string;
    readonly appRole?: string;
    /** `null`: the database has no migration. */
    readonly schemaVersion?: string | null;
    /** The tenant's own role now has the restrictions that the fleet currently demands. */
    readonly restricted?: boolean;
  };
  /** The outcome: kept in the audit trail, so nothing secret. @default the result */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** The operation was undone on request: the tenant is back in its earlier state. */
  readonly takenBack?: boolean;
}

/**
 * The frame of every operation on a tenant: claims the tenant if its state allows, runs the story, and releases the tenant in
 * the state that the lifecycle names. A story that fails or is cancelled is undone, latest step first.
 */
export function tenantOperation<Name extends string, Result extends object>(
  input: OperationInput,
  story: OperationStory<Name, Result>,
): Promise<Result> {
  return ownRun(input, () => operate(input, story));
}

async function operate<Name extends string, Result extends object>(
  { tenant, timings, hooks: asked, visibility, startedBy }: OperationInput,
  story: OperationStory<Name, Result>,
): Promise<Result> {
  const { operation, names, namesAfterHook = [], hookBefore, hookWithin, hookAfter } = story;
  const progress = trackProgress();
  progress.plan([...names, ...namesAfterHook]);
  const undo = createUndo();
  const activities = activitiesOf(timings, { undo, progress });
  const held: TenantInput = { tenant };

  // Shielded from cancellation: if we never learn whether we hold the tenant, nobody will release it.
  const begun = await shielded(
    () =>
      story.begin?.(activities, held) ??
      activities.beginOperation({
        ...held,
        operation,
        asked: { ...story.asked, ...askedBy(tenant.fleet) },
        ...(startedBy === undefined ? {} : { startedBy }),
      }),
  );
  if (begun.nothingToDo && story.nothingToDo !== undefined) return story.nothingToDo(begun);

  const first = story.wantsHook?.(begun) === false ? undefined : hookBefore;
  const own = [first, hookWithin, hookAfter] as const;
  const hooks = await wantedHooks(activities, held, { operation, own, asked, here: begun.hooks });
  const [before, within, after] = own.map((hook) =>
    hook !== undefined && hooks.has(hook) ? hook : undefined,
  );
  const mending = begun.left !== undefined && begun.settled === 'ready' && !story.copesWithLeftovers;
  // A cancellation ends the wait, but must not suppress its report.
  progress.reportBy(() => CancellationScope.nonCancellable(() => activities.noteProgress(held)));
  const step = progress.plan<string>([
    ...(mending ? [mendStep] : []),
    ...stepNames(before),
    ...names,
    ...stepNames(within),
    ...namesAfterHook,
    ...stepNames(after),
  ]);
  const context: OperationContext<Name> = {
    activities,
    held,
    step,
    undo,
    begun,
    get project() {
      return projectIn(held, begun);
    },
    async callHookWithin() {
      if (within === undefined) return false;
      await call(within);
      return true;
    },
    asBefore: () => asBefore(context, operation),
  };
  const call = (hook: HookName) => step(stepName(hook), () => activities.runHook({ ...held, hook }));

  endAsBefore(context, operation);
  // The tenant differs from its settled state even before this run does anything.
  if (begun.left !== undefined && !mending) undo.touch();
  let done: Done<Result>;
  try {
    if (mending) {
      const mended = undo.cannot(`repair what "${begun.left?.operation}" left`);
      await step(mendStep, context.asBefore);
      mended();
    }
    if (before !== undefined) await call(before);
    done = await story.run(context);
  } catch (error) {
    throw await takenBack(error, operation, context, step, visibility);
  }
  const { result, change = {}, detail = recordOf(result), takenBack: back = false } = done;
  // Nothing, not even a cancellation, may come between the work and its record.
  const state = await shielded(() =>
    activities.succeedOperation({ ...held, operation, change, detail, takenBack: back }),
  );
  enter(state, visibility);
  if (after !== undefined && !back)
    await tolerated(() => call(after), { ...held, operation, state }, activities);
  return result;
}

/** Undoes the story, releases the tenant, and returns the error that the run ends with. */
async function takenBack(
  error: unknown,
  operation: TenantOperation,
  { activities, held, undo }: OperationContext<never>,
  step: Step<string>,
  visibility: Visibility | undefined,
): Promise<unknown> {
  // Any other error is a bug in this code: it fails the workflow task, and the run continues once the bug is
  // fixed.
  if (!(error instanceof TemporalFailure) || isStale(error)) return error;
  // A step that was running when the run was cancelled may have ended with an error of its own.
  const inTime = CancellationScope.current().consideredCancelled && !undo.isCommitted();
  const cancelled = inTime || isCancellation(error);
  const why: FailureReason = cancelled
    ? { type: 'Cancelled', message: `"${operation}" was cancelled` }
    : reasonOf(error);
  const left = await undo.run(step);
  const message = left.length === 0 ? why.message : `${why.message}; could not ${left.join(', ')}`;
  const reason = { ...why, message };
  const stillHeld = await letGo(async () =>
    enter(
      await activities.failOperation({ ...held, operation, reason, undone: left.length === 0 }),
      visibility,
    ),
  );
  log.warn(`${operation} failed`, { ...reason });
  return cancelled
    ? new CancelledFailure(message + stillHeld)
    : endingWith({ ...why, message: message + stillHeld });
}

/** The operation is already done: a failure of the last hook is recorded if possible, and changes nothing. */
async function tolerated(
  call: () => Promise<void>,
  held: TenantInput & { readonly operation: TenantOperation; readonly state: TenantState | 'none' },
  activities: Activities,
): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    const { message } = reasonOf(error);
    log.warn(message);
    const note = () => activities.noteHistory({ ...held, detail: { hookFailed: message } });
    await CancellationScope.nonCancellable(note).catch((unnoted: unknown) => {
      if (!(unnoted instanceof TemporalFailure)) throw unnoted;
      log.warn(`it could not be noted in the history: ${reasonOf(unnoted).message}`);
    });
  }
}

/** If a rollout began the operation, the tenant's history names that rollout. */
function askedBy(fleet: string): { readonly rollout?: string } {
  const rollout = rolloutIn(fleet, workflowInfo().parent?.workflowId ?? '');
  return rollout === undefined ? {} : { rollout };
}

export function stepName(hook: HookName): string {
  return `call hook "${hook}"`;
}

function stepNames(hook: HookName | undefined): string[] {
  return hook === undefined ? [] : [stepName(hook)];
}

function projectIn(held: TenantInput, { projectId }: OperationBegun): ProjectInput {
  if (projectId !== undefined) return { ...held, projectId };
  throw endingWith({ type: 'TenantStateConflict', message: 'the catalog knows no project of the tenant' });
}

function recordOf(result: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(result));
}

/** The seconds since the run started. */
export function secondsSoFar(): number {
  return (Date.now() - workflowInfo().startTime.getTime()) / 1000;
}

function enter(stage: Stage, visibility: Visibility | undefined): void {
  upsertSearchAttributes([{ key: searchAttributeKeysOf(visibility?.attributes).stage, value: stage }]);
}
