import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subjectOf } from '../../cli/doctor/subject.js';
import { withTemporal } from '../../cli/doctor/with-temporal.js';
import { connectTenantry } from '../../client/connect.js';
import { defineFleet } from '../../tenancy/fleet.js';
import { eventually } from '../support/eventually.js';

const fleet = defineFleet({
  name: 'closing',
  plans: { free: { region: 'aws-us-east-1' } },
  defaultPlan: 'free',
});
const status = { unimplemented: '12', unavailable: '14' };

/** A Temporal that lets everybody in, and then is unavailable, which its client retries. */
let server: Http2Server;
let environment: Record<string, string>;
let tries = 0;

beforeAll(async () => {
  server = createServer();
  server.on('stream', (stream, headers) => {
    const isGreeting = headers[':path']?.endsWith('/GetSystemInfo') ?? false;
    if (!isGreeting) tries += 1;
    const grpcStatus = isGreeting ? status.unimplemented : status.unavailable;
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': grpcStatus,
        'grpc-message': 'away',
      },
      { endStream: true },
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  environment = {
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    TENANTRY_CATALOG_URL: 'postgres://nobody@127.0.0.1:1/none',
    TENANTRY_SEAL_KEY: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  };
});
afterAll(() => server.close());

const triedAgain = async () => {
  const before = tries;
  await eventually('the call is tried again', async () => tries >= before + 3);
};

/** What was thrown where nobody could catch it, while that was done. */
async function uncaughtDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const others = process.listeners('uncaughtException');
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', note);
  try {
    await work();
  } finally {
    process.off('uncaughtException', note);
    for (const other of others) process.on('uncaughtException', other);
  }
  return thrown;
}

/** Long enough for the next try: the SDK's pauses are 0.1 s, and each 1.7 times as long as before. */
const nextTry = (seen: () => boolean) => {
  const until = Date.now() + 2_500;
  return eventually('the next try has come', async () => seen() || Date.now() > until);
};

describe('a connection that is closed while a call is retried', () => {
  it('ends the call at once, and nothing is thrown where nobody can catch it', async () => {
    const { temporal, close } = await connectTenantry(fleet, environment);
    const asked = temporal.connection.workflowService.describeNamespace({ namespace: 'default' });
    const ended = asked.then(
      () => 'answered',
      (error: { code?: number; message: string }) => error,
    );
    await triedAgain();
    const thrown = await uncaughtDuring(async () => {
      await close();
      expect(await ended).toMatchObject({ code: 1, message: expect.stringContaining('was closed') });
      const atClose = tries;
      await nextTry(() => tries > atClose);
      expect(tries).toBe(atClose);
      await expect(
        temporal.connection.workflowService.describeNamespace({ namespace: 'default' }),
      ).rejects.toMatchObject({ code: 1 });
    });
    expect(thrown).toEqual([]);
  });

  it('by doctor, whose other question was answered, is no different', async () => {
    const thrown = await uncaughtDuring(async () => {
      const asking = withTemporal(subjectOf(environment, 'here'), async ({ connection }) => {
        const asked = connection.workflowService.describeNamespace({ namespace: 'default' });
        asked.catch(() => {});
        await triedAgain();
      });
      await asking;
      const atClose = tries;
      await nextTry(() => tries > atClose);
      expect(tries).toBe(atClose);
    });
    expect(thrown).toEqual([]);
  });
});
