import { locked, unprocessable } from '../../errors.js';
import type { Neon } from '../../neon.js';
import { update } from '../../state/changes.js';
import { now } from '../../state/clock.js';
import type { Project } from '../../state/records.js';
import { refuseProjectKey } from '../callers.js';
import { projectOf } from '../find.js';
import { type Call, ok, type Reply } from '../route.js';
import { projectView } from '../views/project.js';

/**
 * Answered without operations: the project is gone from every list at once and its computes end, while its data waits
 * for the recovery window to pass. Like any other mutation it meets a 423 while operations run.
 */
export function deleteProject(call: Call, neon: Neon): Reply {
  refuseProjectKey(call.caller);
  const project = projectOf(call, neon);
  if (neon.engine.isBusy(project.id)) throw locked();
  if (neon.store.of.branch.in(project.id).some((branch) => branch.protected))
    throw unprocessable('project has protected branches');
  const recoverableUntil = new Date(Date.now() + neon.timings.recoveryWindow).toISOString();
  neon.store.commit([
    update('project', project, { deleted_at: now(), recoverable_until: recoverableUntil }),
    ...neon.store.of.endpoint
      .in(project.id)
      .map((endpoint) => update('endpoint', endpoint, { current_state: 'idle', pending_state: undefined })),
  ]);
  stopComputes(project, neon);
  neon.graveyard.watch(project.id);
  return ok({ project: projectView(project) });
}

function stopComputes(project: Project, { store, gateway, computes }: Neon): void {
  for (const endpoint of store.of.endpoint.in(project.id)) gateway.turnOut(endpoint.id);
  for (const branch of store.of.branch.in(project.id)) void computes.stop(branch);
}
