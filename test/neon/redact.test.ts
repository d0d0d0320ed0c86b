import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { apiKey, ask, change, neonErrorOf, neonServer, reply } from './neon-server.js';

const secret = 'npg_s3cret';

/** All of an error that could end up in a history or a log. */
function written(error: Error): string {
  return `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
}

describe('an error', () => {
  it.each([
    ['a connection string', `cannot reach postgresql://app_owner:${secret}@ep-1.aws.neon.tech/app now`],
    ['one in quotes', `bad uri "postgres://app_owner:${secret}@ep-1/app"`],
    ['one after an equals sign', `DATABASE_URL=POSTGRES://app_owner:${secret}@ep-1/app`],
    ['two of them', `postgres://a:b@c/d and postgres://app_owner:${secret}@ep-1/app`],
  ])("does not pass on %s out of Neon's message", async (_, message) => {
    const neon = await neonServer((response) => reply(response, 400, { code: '', message }));
    const error = await neonErrorOf(neon.client().call(change));
    expect(written(error)).not.toContain(secret);
    expect(error.message).toContain('[address]');
  });

  it("does not pass on the key out of Neon's message", async () => {
    const body = { code: '', message: `the key ${apiKey} has expired` };
    const neon = await neonServer((response) => reply(response, 401, body));
    const error = await neonErrorOf(neon.client().call(ask));
    expect(written(error)).not.toContain(apiKey);
    expect(error.message).toContain('has expired');
  });

  it('does not hold the key when the connection breaks', async () => {
    const neon = await neonServer((response) => response.socket?.destroy());
    expect(written(await neonErrorOf(neon.client().call(change)))).not.toContain(apiKey);
  });

  it('does not hold a key that cannot stand in a header', async () => {
    const neon = await neonServer((response) => reply(response, 200, { id: 'p-1' }));
    const attempt = async () => neon.client({ apiKey: `${apiKey}\nx` }).call(ask);
    const error: unknown = await attempt().catch((error: unknown) => error);
    if (!(error instanceof Error)) throw new Error('the key was sent after all');
    expect(written(error)).not.toContain(apiKey);
    expect(neon.heard).toEqual([]);
  });

  it('does not hold what the reply to a create held, when the reply is not as documented', async () => {
    const uris = [{ connection_uri: `postgresql://app_owner:${secret}@ep-1/app` }];
    const neon = await neonServer((response) => reply(response, 201, { connection_uris: uris }));
    const shape = z.object({ connection_uris: z.array(z.object({ connection_uri: z.uuid() })) });
    const error = await neonErrorOf(neon.client().call({ ...change, reply: shape }));
    expect(error.message).toContain('at connection_uris.0.connection_uri');
    expect(written(error)).not.toContain(secret);
  });

  it("holds no more than the beginning of a long message of Neon's, and no half character", async () => {
    const body = { code: '', message: `${'x'.repeat(199)}😀${'y'.repeat(5_000)}` };
    const neon = await neonServer((response) => reply(response, 400, body));
    const { message } = await neonErrorOf(neon.client().call(ask));
    expect(message).toMatch(/^GET \/projects: 400 x{199}/);
    expect(message.length).toBeLessThan(250);
    expect(message).toBe(Buffer.from(message).toString());
  });
});
