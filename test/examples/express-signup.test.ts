import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';
import { startWorkerProcess, type WorkerProcess } from '../../local/worker-process.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { workerLog } from '../support/worker-process.js';

const example = path.join(checkoutRoot, 'examples', 'express-signup');

let t: TestTenantry;
let worker: WorkerProcess;
let url: string;
let stopServer: () => Promise<void>;

beforeAll(async () => {
  t = await startTenantry();
  const environment = { ...t.environment, TENANTRY_CONFIG: path.join(example, 'tenantry.config.mjs') };
  worker = await startWorkerProcess(environment, workerLog(t));
  const server = spawn(
    process.execPath,
    ['--conditions=tenantry-source', '--import', 'tsx', path.join(example, 'server.mjs')],
    { env: { ...process.env, ...environment, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  stopServer = async () => {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface({ input: server.stdout })) {
    url = line;
    break;
  }
});

afterAll(async () => {
  await stopServer();
  await worker.stop();
  await t.stop();
});

const json = { 'content-type': 'application/json' };
const post = (route: string, body: object) =>
  fetch(url + route, { method: 'POST', headers: json, body: JSON.stringify(body) });

describe('the sign-up example', () => {
  it('signs a customer up, streams the steps, and works in their database', async () => {
    const accepted = await post('/customers', { id: 'acme' });
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('location')).toBe('/customers/acme/progress');
    const [first, again] = await Promise.all([
      fetch(`${url}/customers/acme/progress`, { headers: { accept: 'text/event-stream' } }),
      post('/customers', { id: 'acme' }),
    ]);
    expect(again.status).toBe(202);
    const events = await first.text();
    const done = [...events.matchAll(/"name":"([^"]+)","status":"done"/g)].map(([, name]) => name);
    expect(done).toEqual(['create project', 'prepare database', 'publish']);
    expect(events).toMatch(/event: end\ndata: \{"state":"ready"\}\n\n$/);

    const polled = await (await fetch(`${url}/customers/acme/progress`)).json();
    expect(polled).toEqual({ id: 'acme', state: 'ready', failure: null });

    expect((await post('/customers/acme/notes', { body: 'hello' })).status).toBe(201);
    const notes = await (await fetch(`${url}/customers/acme/notes`)).json();
    expect(notes).toEqual([{ id: '1', body: 'hello' }]);
  });

  it('answers in HTTP what the client says in errors', async () => {
    expect((await post('/customers', { id: '' })).status).toBe(400);
    expect((await fetch(`${url}/customers/nobody/progress`)).status).toBe(404);
    expect((await fetch(`${url}/customers/nobody/notes`)).status).toBe(404);
  });
});

describe('its length', () => {
  it('is under a hundred lines', async () => {
    const lines = (await readFile(path.join(example, 'server.mjs'), 'utf8')).split('\n');
    expect(lines.length).toBeLessThan(100);
  });
});
