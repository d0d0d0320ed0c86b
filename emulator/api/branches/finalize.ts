import { z } from 'zod';
import { unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Step } from '../../operations/step.js';
import type { Branch } from '../../state/records.js';
import { branchOf, projectOf, writerOf } from '../find.js';
import * as input from '../input.js';
import { type Call, ok, parse, type Reply } from '../route.js';
import { operationView } from '../views/operation.js';
import { freeName, refuseTakenName } from './names.js';

const request = z.object({ name: input.name.optional() });

export function finalizeRestore(call: Call, neon: Neon): Reply {
  const { name } = parse(request, call.body);
  const project = projectOf(call, neon);
  const restored = branchOf(call, neon);
  if (restored.restore_status !== 'restored')
    throw unprocessable('the branch is not one whose restore waits to be finalized');
  const replaced = neon.store.of.branch.get(restored.restored_as ?? '');
  if (replaced === undefined) throw unprocessable('the branch to be replaced is gone');
  if (name !== undefined) refuseTakenName(project, name, neon);
  const operations = neon.engine.begin(
    project.id,
    finalizing(restored, replaced, neon, name),
    [],
    call.fateOf,
  );
  return ok({ operations: operations.map(operationView) });
}

/** The computes of both end, the replaced one's moves over, and starts again if it ran. */
export function finalizing(restored: Branch, replaced: Branch, neon: Neon, name?: string): Step[] {
  const endpoints = [writerOf(restored, neon), writerOf(replaced, neon)].filter((one) => one !== undefined);
  const active = endpoints.filter(({ current_state }) => current_state === 'active');
  const moving = active.find(({ branch_id }) => branch_id === replaced.id);
  const newName = name ?? freeName(`${replaced.name} (old)`, restored.project_id, neon);
  return [
    ...active.map(({ branch_id, id }): Step => ({ action: 'suspend_compute', branch_id, endpoint_id: id })),
    { action: 'swap_binding_id', task: 'finalize_restore', branch_id: restored.id, newName },
    ...(moving === undefined
      ? []
      : [{ action: 'start_compute', branch_id: restored.id, endpoint_id: moving.id } as const]),
  ];
}
