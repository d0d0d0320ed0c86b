import type { Neon } from '../neon.js';
import type { Step } from '../operations/step.js';
import type { Branch } from '../state/records.js';
import { writerOf } from './find.js';

/** How a change of configuration reaches a branch's compute; one at rest is woken for it and put to rest again. */
export function configure(branch: Branch, neon: Neon): Step[] {
  const endpoint = writerOf(branch, neon);
  const apply: Step = { action: 'apply_config', branch_id: branch.id, endpoint_id: endpoint?.id };
  return endpoint?.current_state === 'idle'
    ? [apply, { action: 'suspend_compute', branch_id: branch.id, endpoint_id: endpoint.id }]
    : [apply];
}
