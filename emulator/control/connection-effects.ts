import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionEffect } from './fault-input.js';
import type { Faults } from './faults.js';

/** What a client reads in place of a greeting. */
class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';
  readonly sqlState: string;

  constructor(message: string, sqlState: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

type Effects = {
  readonly [K in ConnectionEffect['kind']]: (
    effect: Extract<ConnectionEffect, { kind: K }>,
    client: Duplex,
    stopping: AbortSignal,
  ) => Promise<void>;
};

const effects: Effects = {
  async 'connection-delay'({ ms }, _client, stopping) {
    await sleep(ms, undefined, { signal: stopping, ref: false });
  },

  async 'connection-refuse'({ message, sqlstate }) {
    throw new ConnectionRefused(message, sqlstate);
  },

  async 'connection-drop'({ after_ms }, client) {
    const timer = setTimeout(() => client.destroy(), after_ms).unref();
    client.once('close', () => clearTimeout(timer));
  },
};

/** Does to a new connection what a fault wants. @throws what the client should read. */
export async function greet(
  faults: Faults,
  endpoint: { readonly id: string; readonly project_id: string } | undefined,
  client: Duplex,
): Promise<void> {
  const fault = endpoint && faults.strikeConnection(endpoint);
  if (fault === undefined) return;
  const { effect } = fault;
  // Kind and effect belong together by construction, which the type of a looked-up function cannot say.
  const carryOut = effects[effect.kind] as (
    effect: ConnectionEffect,
    client: Duplex,
    stopping: AbortSignal,
  ) => Promise<void>;
  await carryOut(effect, client, faults.stopping);
}
