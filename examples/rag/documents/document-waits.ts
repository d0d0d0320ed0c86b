import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { keepDocumentId } from '../workflows/names.js';
import type { Workers } from './ask-for-work.js';
import { isWaitCause, type WaitCause } from './wait-cause.js';

/** What a document waits for. */
export interface DocumentWait {
  /** `NoWorker`: nothing takes its task. `Turn`: those that do have others before it. `NoTemporal`: it cannot be asked. */
  readonly cause: WaitCause | 'NoWorker' | 'Turn' | 'NoTemporal';
  /** Of the next attempt, where it is known. */
  readonly nextTryAt?: Date | undefined;
}

/** So many runs are asked, because the rest mostly wait for the same. */
const mostAsked = 10;
/** A page waits no longer for what it can do without. */
const patienceMs = 2_000;
/** What waits for less than that is on its way. */
const unnoticedMs = 1_500;
const briefMs = 3_000;

/**
 * What documents wait for, by their runs, in which the workers' failures are. It asks no database, so it wakes no compute. A document
 * that is being worked on is left out.
 */
export async function documentWaits(
  workers: Workers,
  tenantId: string,
  documentIds: readonly string[],
): Promise<ReadonlyMap<string, DocumentWait>> {
  if (documentIds.length === 0) return new Map();
  const asked = documentIds.slice(0, mostAsked);
  try {
    const asking = workers.temporal.connection.withDeadline(Date.now() + patienceMs, () =>
      Promise.all(asked.map((documentId) => waitOf(workers, keepDocumentId({ tenantId, documentId })))),
    );
    return byDocument(documentIds, await soonEnough(asking));
  } catch {
    return byDocument(documentIds, [{ cause: 'NoTemporal' }]);
  }
}

/** A connection that is being made has no deadline. */
async function soonEnough<T>(asking: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('nobody answers')), patienceMs);
  });
  asking.catch(() => {});
  return Promise.race([asking, late]).finally(() => clearTimeout(timer));
}

/** Those that were not asked have the answer of those that were, where it is one. */
function byDocument(ids: readonly string[], found: readonly (DocumentWait | undefined)[]) {
  const [first] = found;
  const isSame = found.every((each) => each?.cause === first?.cause);
  const rest = isSame ? first : undefined;
  return new Map(
    ids.flatMap((id, at) => {
      const wait = at < found.length ? found[at] : rest;
      return wait === undefined ? [] : [[id, wait] as const];
    }),
  );
}

async function waitOf(
  { temporal, taskQueue }: Workers,
  workflowId: string,
): Promise<DocumentWait | undefined> {
  const run = await temporal.workflow
    .getHandle(workflowId)
    .describe()
    .catch((error: unknown) => {
      // Nobody asked for it yet: the page does.
      if (Object(error).name === 'WorkflowNotFoundError') return undefined;
      throw error;
    });
  if (run?.status.name !== 'RUNNING') return undefined;
  const waiting = waitingTask(run, taskQueue);
  if (waiting === undefined) return undefined;
  if ('cause' in waiting) return waiting;
  const { since, queue, type } = waiting;
  if (Date.now() - since < unnoticedMs) return undefined;
  return { cause: (await hasPoller(temporal, queue, type)) ? 'Turn' : 'NoWorker' };
}

interface WaitingTask {
  readonly queue: string;
  readonly type: TaskType;
  /** When it was put there, in milliseconds since 1970. */
  readonly since: number;
}

const taskTypes = { workflow: 1, activity: 2 } as const;
type TaskType = (typeof taskTypes)[keyof typeof taskTypes];
/** Of a pending task: put on its queue, or waiting for its next attempt. */
const scheduled = 1;

/** What the run waits for, by its failure or by its queue; nothing while it is being worked on. */
function waitingTask(
  { raw }: WorkflowExecutionDescription,
  taskQueue: string,
): DocumentWait | WaitingTask | undefined {
  const activity = raw.pendingActivities?.[0];
  if (activity != null) {
    // Any other failure is a worker that ended, or a limit of time: it is put on the queue again at once.
    const type = activity.lastFailure?.applicationFailureInfo?.type;
    const cause = isWaitCause(type) ? type : undefined;
    if (activity.state !== scheduled) {
      // A try that has only begun mostly fails as the one before it did.
      const began = dateOf(activity.lastStartedTime)?.getTime() ?? 0;
      return cause !== undefined && Date.now() - began < briefMs ? { cause } : undefined;
    }
    const nextTryAt = dateOf(activity.scheduledTime);
    if (cause !== undefined) return { cause, nextTryAt };
    const queue = queueOf(activity.activityType?.name ?? '', taskQueue);
    return { queue, type: taskTypes.activity, since: nextTryAt?.getTime() ?? Date.now() };
  }
  const task = raw.pendingWorkflowTask;
  if (task == null || task.state !== scheduled) return undefined;
  if (Number(task.attempt ?? 1) > 1) return { cause: 'Defect' };
  const since = dateOf(task.scheduledTime)?.getTime() ?? Date.now();
  return { queue: taskQueue, type: taskTypes.workflow, since };
}

/** Where the activity's type waits: the server does not say. */
function queueOf(type: string, taskQueue: string): string {
  if (type === 'readVersion') return `${taskQueue}-reading`;
  return type === 'embedNextOfVersion' ? `${taskQueue}-embeddings` : taskQueue;
}

/** A worker asks anew at least once a minute; the server remembers it for five. */
const longestSilenceMs = 90_000;

async function hasPoller(temporal: Client, name: string, taskQueueType: TaskType): Promise<boolean> {
  const { namespace } = temporal.options;
  const { pollers } = await temporal.connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType,
  });
  return (pollers ?? []).some(
    ({ lastAccessTime }) => Date.now() - (dateOf(lastAccessTime)?.getTime() ?? 0) <= longestSilenceMs,
  );
}

type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

function dateOf(timestamp: Timestamp): Date | undefined {
  if (timestamp == null) return undefined;
  return new Date(Number(timestamp.seconds ?? 0) * 1_000 + (timestamp.nanos ?? 0) / 1e6);
}
