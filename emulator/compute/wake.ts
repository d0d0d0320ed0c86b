import { NeonError } from '../errors.js';
import type { Engine } from '../operations/engine.js';
import { update } from '../state/changes.js';
import type { Endpoint } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { Computes, SocketPath } from './computes.js';

export interface WakeOptions {
  readonly store: Store;
  readonly computes: Computes;
  readonly engine: Engine;
  readonly patienceMs: number;
}

const unavailable = 'endpoint is temporarily unavailable. Check your quotas and/or contact our support';

/**
 * The way into an endpoint's compute. A compute at rest is started by an operation of its own, exactly like one a
 * client asks for, so whoever comes while it starts waits for the same operation, and mutations meet a 423.
 */
export async function wake(endpointId: string, options: WakeOptions): Promise<SocketPath> {
  const { store, computes, engine } = options;
  const deadline = Date.now() + options.patienceMs;
  for (let started = false; ; ) {
    const endpoint = openEndpoint(endpointId, store);
    // One that is about to be suspended still answers, and would drop whoever comes now.
    const stays = endpoint.current_state === 'active' && endpoint.pending_state === undefined;
    const socket = stays ? computes.socketOf(endpoint.branch_id) : undefined;
    if (socket !== undefined) return socket;
    if (engine.isBusy(endpoint.project_id)) {
      await Promise.race([engine.quiet(endpoint.project_id), until(deadline)]);
      if (Date.now() >= deadline) throw new Error(unavailable);
      continue;
    }
    if (started) throw new Error(unavailable);
    beginStart(endpoint, engine);
    started = true;
  }
}

/** @throws NeonError 423 when the project is busy. */
export function beginStart(endpoint: Endpoint, engine: Engine) {
  return engine.begin(
    endpoint.project_id,
    [{ action: 'start_compute', branch_id: endpoint.branch_id, endpoint_id: endpoint.id }],
    [update('endpoint', endpoint, { pending_state: 'active' })],
  );
}

function openEndpoint(endpointId: string, store: Store): Endpoint {
  const endpoint = store.of.endpoint.get(endpointId);
  const project = store.of.project.get(endpoint?.project_id ?? '');
  if (endpoint === undefined || project === undefined || project.deleted_at !== undefined)
    throw new NeonError(404, 'endpoint not found');
  if (endpoint.disabled)
    throw new NeonError(406, 'endpoint is disabled. Enable it using Neon API and retry.');
  return endpoint;
}

function until(deadline: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - Date.now())).unref());
}
