import { once } from 'node:events';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * A loopback port that was free a moment ago: the one asked for, or any.
 *
 * @throws EADDRINUSE when the one asked for is taken. Ask before starting a server on it: a readiness check would
 * be answered by whoever has it.
 */
export async function freePort(port = 0): Promise<number> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  await once(server.close(), 'close');
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return address.port;
}

/** That port if nobody has it, else any. */
export async function portIfFree(port: number): Promise<number> {
  return freePort(port).catch(() => freePort());
}
