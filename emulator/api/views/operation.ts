import { seconds } from '../../state/clock.js';
import type { Operation } from '../../state/records.js';

export function operationView(operation: Operation) {
  return {
    id: operation.id,
    project_id: operation.project_id,
    ...(operation.branch_id && { branch_id: operation.branch_id }),
    ...(operation.endpoint_id && { endpoint_id: operation.endpoint_id }),
    action: operation.action,
    status: operation.status,
    ...(operation.error && { error: operation.error }),
    failures_count: operation.failures_count,
    ...(operation.retry_at && { retry_at: seconds(operation.retry_at) }),
    created_at: seconds(operation.created_at),
    updated_at: seconds(operation.updated_at),
    total_duration_ms: operation.total_duration_ms,
  };
}
