import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ScramClient } from '../../connections/scram-client.js';

const password = 'npg_hunter2';

/** A message of Postgres' own protocol. */
function message(type: string, ...parts: (number | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part);
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      return number;
    }),
  );
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const inClear = message('R', 3);
const md5 = message('R', 5, 'salt');
const scram = message('R', 10, 'SCRAM-SHA-256\0\0');
const oldScram = message('R', 10, 'PLAIN\0\0');
const welcome = Buffer.concat([message('R', 0), message('Z', 'I')]);

/** A server that says one thing after another, a thing for each message that it gets, and keeps what it gets. */
async function trap(...says: readonly Buffer[]) {
  const got: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const left = [...says];
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      got.push(data);
      const next = left.shift();
      if (next !== undefined) socket.write(next);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: `postgresql://app_owner:${password}@127.0.0.1:${port}/app?sslmode=disable`,
    /** The first of each message's bytes, its type; a start-up message has none. */
    types: () => got.slice(1).map((data) => String.fromCharCode(data[0] ?? 0)),
    text: () => Buffer.concat(got).toString('latin1'),
    /** Every connection was closed by the client. */
    closed: () => Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close'))),
  };
}

const refusal = 'so it got nothing: only SCRAM is trusted';

describe('a server that', () => {
  it.each([
    ['asks for the password in clear', [inClear, welcome], []],
    ['asks for the MD5 of the password', [md5, welcome], []],
    ['asks for nothing', [welcome], []],
    ['asks in clear once SCRAM has begun', [scram, inClear, welcome], ['p']],
    ['lets us in before it has proved that it knows the password', [scram, welcome], ['p']],
    ['welcomes in the same breath as it asks', [Buffer.concat([inClear, welcome])], []],
  ])('%s gets nothing, of a client nor of a pool', async (_, says, sent) => {
    const server = await trap(...says);
    const { connectionString } = server;
    const client = new ScramClient({ connectionString });
    client.on('error', () => {});
    await expect(client.connect()).rejects.toThrow(refusal);
    await server.closed();
    await client.end();
    expect(server.types()).toEqual(sent);

    const pool = new pg.Pool({ connectionString, Client: ScramClient });
    await expect(pool.query('select 1')).rejects.toThrow(refusal);
    await server.closed();
    await pool.end();
    expect(server.text()).not.toContain(password);
    expect(server.text()).not.toContain('md5');
    expect(server.text()).not.toContain('select');
  });

  it('knows nothing of SCRAM gets nothing', async () => {
    const server = await trap(oldScram, welcome);
    const client = new ScramClient(server.connectionString);
    client.on('error', () => {});
    await expect(client.connect()).rejects.toThrow('SCRAM-SHA-256');
    client.connection.stream.destroy();
    await sleep(0);
    expect(server.types()).toEqual([]);
  });

  it('is asked by `pg` itself is given the password, which is why there is a client of our own', async () => {
    const server = await trap(inClear, welcome);
    const client = new pg.Client(server.connectionString);
    client.on('error', () => {});
    await client.connect();
    client.connection.stream.destroy();
    expect(server.text()).toContain(password);
  });
});
