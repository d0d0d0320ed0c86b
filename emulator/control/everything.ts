import type { Neon } from '../neon.js';
import type { Project } from '../state/records.js';
import { refuseStart } from '../usage/enforcer.js';
import { QuotaExceeded } from '../usage/quotas.js';

/** What exists of a project, a soft-deleted one included, and what of it is real. */
export function everythingOf(project: Project, neon: Neon) {
  const { store, computes, engine } = neon;
  return {
    id: project.id,
    name: project.name,
    deleted_at: project.deleted_at ?? null,
    recoverable_until: project.recoverable_until ?? null,
    /** Neon's word for the quota that keeps its computes from starting. */
    exceeded_quota: exceededQuota(project, neon),
    /** Operations are under way, so a change would be refused. */
    busy: engine.isBusy(project.id),
    branches: store.of.branch.in(project.id).map((branch) => ({
      id: branch.id,
      name: branch.name,
      default: branch.default,
      expires_at: branch.expires_at ?? null,
      has_data: computes.hasData(branch),
      compute: computes.socketOf(branch.id) === undefined ? 'stopped' : 'running',
    })),
    endpoints: store.of.endpoint
      .in(project.id)
      .map(({ id, branch_id, port, current_state }) => ({ id, branch_id, port, current_state })),
    snapshots: store.of.snapshot
      .in(project.id)
      .map(({ id, name, expires_at }) => ({ id, name, expires_at: expires_at ?? null })),
  };
}

function exceededQuota({ id }: Project, neon: Neon): string | null {
  try {
    refuseStart(id, neon);
    return null;
  } catch (error) {
    if (error instanceof QuotaExceeded) return error.code;
    throw error;
  }
}
