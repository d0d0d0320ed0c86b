import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notEmulatedRoutes } from '../../emulator/api/not-emulated.js';
import { routes } from '../../emulator/api/routes.js';
import { operations } from './openapi.js';
import { type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ compute: false });
});
afterAll(() => neon.stop());

const post = (body: string, contentType = 'application/json', path = '/projects') =>
  fetch(neon.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${neon.apiKey}`, 'content-type': contentType },
    body,
  });

describe('a request', () => {
  it.each([
    ['{', 400],
    ['[]', 400],
    ['"text"', 400],
    ['null', 400],
    ['{}', 400],
    ['{"project":null}', 400],
    ['{"project":{"name":""}}', 400],
    [`{"project":{"name":"${'x'.repeat(257)}"}}`, 400],
    ['{"project":{"pg_version":13}}', 400],
    ['{"project":{"pg_version":"17"}}', 400],
    ['{"project":{"region_id":"mars-north-1"}}', 400],
    ['{"project":{"branch":{"database_name":""}}}', 400],
    ['{"project":{"branch":{"role_name":"a\\u0000b"}}}', 400],
    [`{"project":{"branch":{"role_name":"${'ä'.repeat(32)}"}}}`, 400],
    ['{"project":{"default_endpoint_settings":{"suspend_timeout_seconds":30}}}', 400],
    [
      '{"project":{"default_endpoint_settings":{"autoscaling_limit_min_cu":8,"autoscaling_limit_max_cu":1}}}',
      400,
    ],
    ['{"project":{"settings":{"quota":{"active_time_seconds":-1}}}}', 400],
  ])('with the body %s is refused in the envelope', async (body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      request_id: response.headers.get('x-neon-ret-request-id'),
      code: '',
      message: expect.stringMatching(/./),
    });
  });

  it('may name things in any script', async () => {
    const { status, body } = await neon.api('POST', '/projects', {
      project: { name: '客户 "Ünïcode" \\ 🐘' },
    });
    expect([status, body.project.name]).toEqual([201, '客户 "Ünïcode" \\ 🐘']);
  });

  it('of another content type is refused', async () => {
    expect((await post('project=1', 'application/x-www-form-urlencoded')).status).toBe(415);
  });

  it('that is too large is refused', async () => {
    expect((await post(`{"project":{"name":"${'x'.repeat(2_000_000)}"}}`)).status).toBe(413);
  });

  it.each(['/projects/%', '/projects/%00', '/projects/..', `/projects/${'x'.repeat(500)}`, '/nowhere', '//'])(
    'for %s is answered with a 4xx',
    async (path) => {
      const response = await fetch(neon.url + path, { headers: { authorization: `Bearer ${neon.apiKey}` } });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(await response.json()).toMatchObject({ code: '' });
    },
  );

  it('has its own id echoed, when that can stand in a header', async () => {
    const echoed = await neon.api('GET', '/nowhere', undefined, { 'x-request-id': 'attempt-7' });
    expect(echoed.body.request_id).toBe('attempt-7');
    expect(echoed.headers.get('x-neon-ret-request-id')).toBe('attempt-7');
    const own = await neon.api('GET', '/nowhere', undefined, { 'x-request-id': 'with spaces' });
    expect(own.body.request_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that is no HTTP at all does not end the emulator', async () => {
    const { hostname, port } = new URL(neon.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.end('\0\x01 nonsense\r\n\r\n'));
      socket.on('error', () => {}).on('close', () => resolve());
      socket.resume();
    });
    expect((await neon.api('GET', '/projects')).status).toBe(200);
  });

  it.each(notEmulatedRoutes.map(({ method, path }) => [method, path]))(
    'for %s %s, which is not emulated, is told so',
    async (method, path) => {
      const answer = await neon.api(method, path.replace(/\{\w+\}/g, 'some-id-12345678'));
      expect(answer).toMatchObject({ status: 501, body: { message: `${method} ${path} is not emulated` } });
    },
  );

  it('for what only a newer description may have is told so too, and what is none is not found', async () => {
    const path = '/projects/some-project-12345678/teleports';
    expect(await neon.api('POST', path, {})).toMatchObject({
      status: 501,
      body: { message: `POST ${path}, of no description of Neon's API that is known here, is not emulated` },
    });
    expect((await neon.api('GET', '/nowhere')).status).toBe(404);
    expect((await neon.api('GET', '/projects/some-project-12345678//teleports')).status).toBe(404);
  });

  it.each(['/projects/', '/projects/some-project-12345678/branches/'])(
    'to delete what has no name, at %s, is no success',
    async (path) => {
      expect((await neon.api('DELETE', path)).status).toBe(404);
    },
  );

  it('that is too long to be read is refused in the envelope', async () => {
    const { hostname, port } = new URL(neon.url);
    const answer = await new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect(Number(port), hostname, () =>
        socket.write(`GET /${'x'.repeat(20_000)} HTTP/1.1\r\n`),
      );
      socket.on('data', (data) => {
        heard += data;
      });
      socket.on('error', () => {}).on('close', () => resolve(heard));
    });
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 431');
    expect(head).toContain(`x-neon-ret-request-id: ${JSON.parse(body).request_id}`);
  });
});

describe('every operation in Neon’s description', () => {
  it('is either answered or known not to be, never both', () => {
    const answered = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const refused = notEmulatedRoutes.map(({ method, path }) => `${method} ${path}`);
    const known = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect([...answered, ...refused].sort()).toEqual(known.sort());
  });
});
