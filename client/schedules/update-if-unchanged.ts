import {
  isGrpcServiceError,
  ScheduleClient,
  type ScheduleDescription,
  type ScheduleUpdateOptions,
  ServiceError,
  type WorkflowService,
} from '@temporalio/client';

/** gRPC's FAILED_PRECONDITION: the schedule has changed since it was described. */
const changedMeanwhile = 9;

/**
 * Updates a schedule if it has not changed since it was described. Otherwise nothing happens, and not every server reports that, so describe it
 * again. This way a pause between the two is never undone.
 */
export async function updateIfUnchanged(
  client: ScheduleClient,
  described: ScheduleDescription,
  options: ScheduleUpdateOptions,
): Promise<void> {
  const { conflictToken } = described.raw;
  if (!conflictToken) throw new TypeError('the server described the schedule without a conflict token');
  const guarded = new GuardedScheduleClient(client, conflictToken);
  try {
    await guarded.getHandle(described.scheduleId).update(() => options);
  } catch (error) {
    const { cause } = error instanceof ServiceError ? error : { cause: undefined };
    if (!(isGrpcServiceError(cause) && cause.code === changedMeanwhile)) throw error;
  }
}

/** The SDK reads a schedule's conflict token but sends none with an update, so every update would be blind. */
class GuardedScheduleClient extends ScheduleClient {
  constructor(
    client: ScheduleClient,
    readonly conflictToken: Uint8Array,
  ) {
    super({ ...client.options, connection: client.connection });
  }

  override get workflowService(): WorkflowService {
    const service = super.workflowService;
    const updateSchedule = (request: Parameters<WorkflowService['updateSchedule']>[0]) =>
      service.updateSchedule({ ...request, conflictToken: this.conflictToken });
    return Object.create(service, { updateSchedule: { value: updateSchedule } });
  }
}
