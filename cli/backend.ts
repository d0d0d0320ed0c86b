import type { Backend, BackendOptions } from './connection.js';

export type { Backend } from './connection.js';

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
