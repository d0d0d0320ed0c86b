import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ compute: false, domain: 'neon.test' });
});
afterAll(() => neon.stop());

const port = () => Number(new URL(neon.url).port);
const key = () => `Authorization: Bearer ${neon.apiKey}`;
const fault = JSON.stringify({ match: { method: 'POST', path: '/projects' }, effect: { kind: 'locked' } });
const json = 'Content-Type: application/json';

/** A request as it stands on the wire, because no client lets its caller say who it is for and where it comes from. */
async function raw(
  request: string,
  headers: readonly string[],
  body = '',
  to = { port: port(), host: '127.0.0.1' },
) {
  const socket = connect(to);
  socket.end(
    [
      `${request} HTTP/1.1`,
      ...headers,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await once(socket, 'close');
  const [head = '', payload = ''] = text.split('\r\n\r\n', 2);
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body: payload };
}

const faults = async () => (await (await neon.control('GET', '/faults')).json()) as { faults: unknown[] };

describe.each([
  { api: 'the control API', request: 'GET /emulator/projects', headers: () => [] },
  { api: 'Neon’s API', request: 'GET /api/v2/projects', headers: () => [key()] },
  { api: 'what is not there', request: 'GET /api/v2/nothing', headers: () => [key()] },
])('$api', ({ request, headers }) => {
  const found = request.endsWith('nothing') ? 404 : 200;

  it.each([
    ['127.0.0.1:PORT'],
    ['localhost:PORT'],
    ['LOCALHOST'],
    ['[::1]:PORT'],
    ['neon.test:PORT'],
    ['ep-calm-sea-12345678.neon.test:PORT'],
  ])('answers for %s', async (host) => {
    const answer = await raw(request, [`Host: ${host.replace('PORT', String(port()))}`, ...headers()]);
    expect(answer.status).toBe(found);
  });

  it.each([
    ['a name that a page has made lead to this machine', 'rebound.example:PORT'],
    ['a name that begins like ours', 'localhost.rebound.example'],
    ['a name that ends like ours', 'evilneon.test'],
    ['a name with the address in it', '127.0.0.1.rebound.example:PORT'],
    ['another address', '192.0.2.1:PORT'],
    ['no name', ''],
  ])('does not answer for %s', async (_, host) => {
    const answer = await raw(request, [`Host: ${host.replace('PORT', String(port()))}`, ...headers()]);
    expect(answer.status).toBe(421);
    expect(JSON.parse(answer.body).message).toMatch(/does not answer for the host .* use 127\.0\.0\.1/);
  });

  it.each([
    ['of another site', 'Origin: http://attacker.example'],
    ['of another server on this machine', 'Origin: http://127.0.0.1:1'],
    ['without a site', 'Origin: null'],
    ['of another site, as the browser says', 'Sec-Fetch-Site: cross-site'],
    ['of another port, as the browser says', 'Sec-Fetch-Site: same-site'],
  ])('does not answer a page %s', async (_, header) => {
    const answer = await raw(request, [`Host: 127.0.0.1:${port()}`, header, ...headers()]);
    expect(answer.status).toBe(403);
    expect(answer.head).not.toContain('access-control-allow');
    expect(JSON.parse(answer.body).message).toContain('web pages of other sites');
  });

  it('answers who types its address into a browser', async () => {
    const answer = await raw(request, [`Host: 127.0.0.1:${port()}`, 'Sec-Fetch-Site: none', ...headers()]);
    expect(answer.status).toBe(found);
  });
});

describe('a page of another site', () => {
  it.each([
    ['as a form can send it', 'Content-Type: text/plain', 'Origin: http://attacker.example'],
    [
      'under a type that only looks like JSON',
      'Content-Type: text/plain; x=application/json',
      'Origin: null',
    ],
    ['as JSON', json, 'Sec-Fetch-Site: cross-site'],
  ])('adds no fault %s', async (_, type, from) => {
    const answer = await raw('POST /emulator/faults', [`Host: 127.0.0.1:${port()}`, type, from], fault);
    expect(answer.status).toBe(403);
    expect((await faults()).faults).toEqual([]);
  });

  it('adds none as plain text even where the browser says nothing of it', async () => {
    for (const type of [
      'Content-Type: text/plain',
      'Content-Type: text/plain; x=application/json',
      'X-None: 1',
    ])
      expect((await raw('POST /emulator/faults', [`Host: 127.0.0.1:${port()}`, type], fault)).status).toBe(
        415,
      );
    expect((await faults()).faults).toEqual([]);
  });

  it('is given no leave to ask by a preflight', async () => {
    const answer = await raw('OPTIONS /emulator/faults', [
      `Host: 127.0.0.1:${port()}`,
      'Origin: http://attacker.example',
      'Access-Control-Request-Method: POST',
    ]);
    expect(answer.status).toBe(403);
    expect(answer.head).not.toContain('access-control-allow');
  });
});

it('answers for the address that it was reached at, when it listens on all', async () => {
  const open = await testEmulator({ compute: false, host: '0.0.0.0' });
  try {
    // The whole of 127.0.0.0/8 leads to this machine.
    const to = { port: Number(new URL(open.url).port), host: '127.0.0.2' };
    const asked = (name: string) => raw('GET /api/v2/regions', [`Host: ${name}`], '', to);
    expect((await asked('127.0.0.2')).status).toBe(401);
    expect((await asked('127.0.0.3')).status).toBe(421);
  } finally {
    await open.stop();
  }
});
