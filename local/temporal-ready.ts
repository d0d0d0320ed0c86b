import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { endableCalls } from '../connections/temporal-calls.js';
import { toolEnvironment } from '../postgres/tool-environment.js';
import { LOOPBACK } from './free-port.js';
import type { SearchAttributes } from './temporal-flags.js';

const run = promisify(execFile);
const POLL_MS = 20;
const NAMESPACE = 'default';

/** Resolves once the frontend answers for the namespace and knows every search attribute; rejects when `signal` aborts. */
export async function temporalReady(
  binary: string,
  port: number,
  searchAttributes: SearchAttributes,
  signal: AbortSignal,
): Promise<void> {
  // First the bare port: gRPC's own reconnect waits a second after a refused connection.
  await until(() => accepts(port), signal);
  const address = `${LOOPBACK}:${port}`;
  // Not `connect`, which gives up after ten seconds: on a busy machine the server listens that long before it serves.
  const { interceptors, end } = endableCalls();
  const connection = Connection.lazy({ address, interceptors });
  try {
    await until(() => namespaceAnswers(connection, signal), signal);
    const known = await knownAttributes(connection);
    const missing = Object.entries(searchAttributes).filter(([name]) => !known.has(name));
    // Over a file of an earlier run the server passes over `--search-attribute` in silence.
    for (const [name, type] of missing) await register(binary, address, name, type);
  } finally {
    end();
    await connection.close();
  }
}

async function until(condition: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await condition())) await setTimeout(POLL_MS, undefined, { signal });
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  return once(socket, 'connect')
    .then(() => true)
    .catch(() => false)
    .finally(() => socket.destroy());
}

async function namespaceAnswers(connection: Connection, signal: AbortSignal): Promise<boolean> {
  const asked = () => connection.workflowService.describeNamespace({ namespace: NAMESPACE });
  return connection.withAbortSignal(signal, asked).then(
    () => true,
    () => false,
  );
}

async function knownAttributes(connection: Connection): Promise<ReadonlySet<string>> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: NAMESPACE,
  });
  return new Set(Object.keys(customAttributes));
}

async function register(binary: string, address: string, name: string, type: string): Promise<void> {
  const where = ['--address', address, '--namespace', NAMESPACE];
  await run(binary, ['operator', 'search-attribute', 'create', ...where, '--name', name, '--type', type], {
    // The API key and the TLS of another Temporal have no business here.
    env: toolEnvironment(),
  });
}
