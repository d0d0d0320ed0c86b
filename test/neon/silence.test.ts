import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createNeonClient } from '../../neon/neon-client.js';
import { ask, change, deafUrl, neonErrorOf, neonServer } from './neon-server.js';

const impatient = { timeoutMs: 200 };

function beginAndStop(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
}

describe('a call without an answer', () => {
  it('that nobody was there to hear has changed nothing', async () => {
    const neon = createNeonClient({ apiKey: 'key', host: await deafUrl() });
    for (const call of [ask, change]) {
      const error = await neonErrorOf(neon.call(call));
      expect(error.type).toBe('NeonUnavailable');
      expect(error.message).toBe(`${call.method} /projects: ECONNREFUSED`);
    }
  });

  it('whose socket broke after it was heard may have changed something', async () => {
    const neon = await neonServer((response) => response.socket?.destroy());
    expect((await neonErrorOf(neon.client().call(ask))).type).toBe('NeonUnavailable');
    const error = await neonErrorOf(neon.client().call(change));
    expect(error.type).toBe('NeonOutcomeUnknown');
    expect(error.message).toContain('whether it was done is not known');
    expect(error.details.requestId).toBe(neon.heard.at(-1)?.headers['x-request-id']);
    expect(neon.heard).toHaveLength(2);
  });

  it('whose socket broke in the middle of the reply may have changed something', async () => {
    const neon = await neonServer((response) => {
      beginAndStop(response);
      response.socket?.end();
    });
    expect((await neonErrorOf(neon.client().call(change))).type).toBe('NeonOutcomeUnknown');
  });

  it.each([
    ['an answer that never comes', () => {}],
    ['a body that never ends', beginAndStop],
  ])('is given up on at its time limit: %s', async (_, answer) => {
    const neon = await neonServer(answer);
    const question = await neonErrorOf(neon.client(impatient).call(ask));
    expect(question.type).toBe('NeonUnavailable');
    expect(question.message).toBe('GET /projects: no answer within 200 ms');
    expect((await neonErrorOf(neon.client(impatient).call(change))).type).toBe('NeonOutcomeUnknown');
  });
});

describe('a call that its caller aborts', () => {
  const reason = new Error('the activity is cancelled');

  it.each([
    ['before an answer', () => {}],
    ['in the middle of the body', beginAndStop],
  ])("ends in the caller's own reason: %s", async (_, answer) => {
    const caller = new AbortController();
    const neon = await neonServer((response) => {
      answer(response);
      caller.abort(reason);
    });
    await expect(neon.client().call({ ...change, signal: caller.signal })).rejects.toBe(reason);
  });

  it('is never sent when it was aborted before', async () => {
    const neon = await neonServer((response) => void response.end('{"id":"p-1"}'));
    const call = neon.client().call({ ...change, signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toBe(reason);
    expect(neon.heard).toEqual([]);
  });
});
