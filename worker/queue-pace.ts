import { hostname } from 'node:os';
import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';

const { TASK_QUEUE_TYPE_ACTIVITY: activities } = proto.temporal.api.enums.v1.TaskQueueType;
/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const [permissionDenied, unimplemented] = [7, 12];

/** What is asked of Temporal, over any connection. */
export type TaskQueueService = Pick<
  proto.temporal.api.workflowservice.v1.WorkflowService,
  'describeTaskQueue' | 'updateTaskQueueConfig'
>;

interface Queue {
  readonly namespace: string;
  readonly taskQueue: string;
}

/** A limit in the server's own configuration of a queue. It overrides the one that workers ask for. */
export interface QueuePace {
  readonly perSecond: number;
  /** Who set it, and why. */
  readonly setBy: string;
  readonly reason: string;
  /** Whether a worker set it, and not a person. */
  readonly byWorker: boolean;
}

/** How the pace of a queue is kept. */
export type KeptPace =
  | ({ readonly kept: 'by server' } & QueuePace)
  /** The server cannot configure queues, or does not let us: the limit that workers ask for applies. */
  | { readonly kept: 'by workers'; readonly because: 'unsupported' | 'refused' };

const workerIdentity = 'tenantry-worker';

/** The server's own limit of a queue; `undefined` if it has none. Throws what the server answers. */
export async function readPace(
  service: Pick<TaskQueueService, 'describeTaskQueue'>,
  { namespace, taskQueue }: Queue,
): Promise<QueuePace | undefined> {
  const { config } = await service.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: activities,
    reportConfig: true,
  });
  const { rateLimit, metadata } = config?.queueRateLimit ?? {};
  if (rateLimit == null) return undefined;
  const setBy = metadata?.updateIdentity ?? '';
  return {
    perSecond: asSet(rateLimit.requestsPerSecond ?? 0),
    setBy,
    reason: metadata?.reason ?? '',
    byWorker: setBy.startsWith(`${workerIdentity}@`),
  };
}

/** The server keeps a number of 32 bits, which have seven digits: 11.2 comes back as 11.199999809265137. */
function asSet(perSecond: number): number {
  return Number(perSecond.toPrecision(7));
}

/**
 * Sets the pace in the server's own configuration of the queue, where a worker's start, another worker with
 * other settings or the last worker's end do not change it. A limit that a person has set stays.
 */
export async function keepPace(
  service: TaskQueueService,
  queue: Queue,
  perSecond: number,
): Promise<KeptPace> {
  try {
    const present = await readPace(service, queue);
    if (present !== undefined && (!present.byWorker || present.perSecond === asSet(perSecond)))
      return { kept: 'by server', ...present };
    const reason = 'TENANTRY_NEON_CALLS_PER_SECOND';
    const setBy = `${workerIdentity}@${hostname()}`;
    await service.updateTaskQueueConfig({
      ...queue,
      identity: setBy,
      taskQueueType: activities,
      updateQueueRateLimit: { rateLimit: { requestsPerSecond: perSecond }, reason },
    });
    return { kept: 'by server', perSecond, setBy, reason, byWorker: true };
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === unimplemented)
      return { kept: 'by workers', because: 'unsupported' };
    if (isGrpcServiceError(error) && error.code === permissionDenied)
      return { kept: 'by workers', because: 'refused' };
    throw error;
  }
}
