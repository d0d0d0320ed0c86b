import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort, LOOPBACK } from '../../local/free-port.js';
import { keptPort } from '../../local/kept-port.js';
import { scratch } from './fake-tools.js';

async function take(port: number): Promise<() => Promise<unknown>> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return () => once(server.close(), 'close');
}

it('is the usual one at first, and stays another that was had once while that was taken', async () => {
  const file = join(await scratch(), 'port');
  const usual = await freePort();
  expect(await keptPort(file, usual)).toBe(usual);
  const release = await take(usual);
  const other = await keptPort(file, usual);
  expect(other).not.toBe(usual);
  await release();
  expect(await keptPort(file, usual)).toBe(other);
  await take(other);
  expect(await keptPort(file, usual)).toBe(usual);
});

it.each(['', 'seven', '-1', '99999'])('does not mind a file that says %j', async (text) => {
  const file = join(await scratch(), 'port');
  await writeFile(file, text);
  const usual = await freePort();
  expect(await keptPort(file, usual)).toBe(usual);
});
