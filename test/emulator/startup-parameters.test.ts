import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startupParameters, withParameters } from '../../emulator/wire/messages.js';
import { passedOnStartup } from '../../emulator/wire/passed-on.js';
import { readyProject } from './stories.js';
import { type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
let uri: string;
beforeAll(async () => {
  neon = await testEmulator();
  ({ uri } = await readyProject(neon.api));
});
afterAll(() => neon.stop());

/** What a session has that began so. */
async function session(config: pg.ClientConfig): Promise<unknown> {
  const client = new pg.Client({ connectionString: uri, ...config });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query(
      `select current_setting('application_name') as name, current_setting('statement_timeout') as timeout,
              current_setting('work_mem') as memory, current_setting('search_path') as path`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
}

const untouched = { name: '', timeout: '0', memory: '4MB', path: '"$user", public' };

it("a client without SNI says its endpoint in the options, and Postgres doesn't hear of it", async () => {
  expect(await session({ options: 'endpoint=ep-cool-sun-1234' })).toEqual(untouched);
  expect(await session({ options: 'project=cool-sun-1234 -c work_mem=8MB neon_lsn:0/1234' })).toEqual({
    ...untouched,
    memory: '8MB',
  });
});

it("settings that are said apart from the options are dropped, as Neon's proxy drops them", async () => {
  expect(await session({ statement_timeout: 1_000, application_name: 'shop' })).toEqual({
    ...untouched,
    name: 'shop',
  });
});

it('no other parameter comes through', () => {
  const packet = withParameters(Buffer.from([0, 0, 0, 0, 0, 3, 0, 0]), [
    ['user', 'app'],
    ['database', 'shop'],
    ['channel_binding', 'require'],
    ['TimeZone', 'Asia/Tokyo'],
    ['client_encoding', 'LATIN1'],
    ['replication', 'database'],
    ['options', String.raw`endpoint=ep-x -c search_path=a,\ b`],
  ]);
  const sent = passedOnStartup(packet);
  expect(sent.readInt32BE(0)).toBe(sent.length);
  expect(startupParameters(sent)).toEqual([
    ['client_encoding', 'UTF8'],
    ['user', 'app'],
    ['database', 'shop'],
    ['replication', 'database'],
    ['options', String.raw`-c search_path=a,\ b`],
  ]);
});
