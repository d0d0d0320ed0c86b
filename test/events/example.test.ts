import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedHeaders } from '../../activities/events/signed-headers.js';
import { checkoutRoot } from '../../local/state-directory.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const body = JSON.stringify({
  type: 'tenant.operation.succeeded.v1',
  timestamp: '2026-11-27T08:00:00.000Z',
  data: { tenant: 'acme', state: 'ready' },
});

let url: string;
let stop: () => Promise<unknown>;
const lines: string[] = [];

beforeAll(async () => {
  const script = path.join(checkoutRoot, 'examples', 'events-receiver', 'receiver.mjs');
  const receiver = spawn(process.execPath, [script], {
    env: { ...process.env, EVENTS_SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  stop = () => {
    const ended = once(receiver, 'exit');
    receiver.kill('SIGTERM');
    return ended;
  };
  const output = createInterface({ input: receiver.stdout });
  [url] = (await once(output, 'line')) as [string];
  output.on('line', (line) => lines.push(line));
});

afterAll(() => stop());

const post = (headers: Record<string, string>, sent = body) =>
  fetch(url, { method: 'POST', body: sent, headers });
const signed = (id: string, secrets: readonly string[], at = new Date()) =>
  signedHeaders({ id, at, body }, secrets);

describe('the example of a receiver', () => {
  it('takes an event once, however often it comes', async () => {
    for (let times = 0; times < 3; times += 1)
      expect((await post(signed('evt_once', [secret]))).status).toBe(204);
    expect((await post(signed('evt_after', [other, secret]))).status).toBe(204);
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['evt_once', 'evt_after']);
  });

  it('refuses what is not signed with its secret, was altered, is old, or has no signature', async () => {
    const before = lines.length;
    const refused = [
      post(signed('evt_wrong', [other])),
      post(signed('evt_altered', [secret]), body.replace('acme', 'evil')),
      post({ ...signed('evt_other', [secret]), 'webhook-id': 'evt_renamed' }),
      post(signed('evt_old', [secret], new Date(Date.now() - 6 * 60_000))),
      post({}),
      post({ ...signed('evt_empty', [secret]), 'webhook-signature': '' }),
      post(signed('evt_long', [secret]), 'x'.repeat(1_100_000)),
    ];
    for (const answer of await Promise.all(refused)) expect(answer.status).toBe(401);
    expect(lines.length).toBe(before);
  });
});

it('what signs agrees with the library that verifies', () => {
  const at = new Date();
  const headers = signedHeaders({ id: 'evt_1', at, body }, [secret]);
  expect(headers['webhook-signature']).toBe(new Webhook(secret).sign('evt_1', at, body));
});
