import { cancellationSignal } from '@temporalio/activity';
import { suspendEndpoint as suspendAtNeon } from '../neon/endpoints.js';
import type { Dependencies } from './dependencies.js';
import type { ProjectStep } from './tenant-step.js';

/** Puts a compute to sleep. Answers the operations to wait for; none when it slept already. */
export function suspendEndpoint({ neon }: Dependencies) {
  return ({ projectId, endpointId }: ProjectStep & { readonly endpointId: string }): Promise<string[]> =>
    suspendAtNeon(neon, { projectId, endpointId }, cancellationSignal());
}
