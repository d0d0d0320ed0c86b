import type { FleetSchedules, TenantryClient } from '../client/index.js';

/** A command's connections: a client for the servers in the environment, or for the local stack's. */
export interface Backend {
  readonly tenantry: TenantryClient;
  readonly schedules: FleetSchedules;
  /** A run's page in Temporal's web UI, if the UI's address is known. */
  runUrl(workflowId: string, runId: string): string | undefined;
}

export interface BackendOptions {
  /** Why a stack that only lives for this command would not do. */
  readonly notTemporary?: string | false;
}

/**
 * Connects, runs the work, and closes everything again. The modules for connecting are only loaded here, so that a
 * command without servers, such as help, responds at once.
 */
export async function withBackend<T>(
  work: (backend: Backend) => Promise<T>,
  options: BackendOptions = {},
): Promise<T> {
  const { withConnection } = await import('./connection.js');
  return withConnection(work, options);
}
