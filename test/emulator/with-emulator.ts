import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { type NeonEmulator, type NeonEmulatorOptions, startNeonEmulator } from '../../emulator/index.js';
import type { Postgres } from '../../postgres/index.js';
import { copyTemplate } from '../support/emulator.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { type Client, checkedClient } from './openapi.js';

/** The Postgres that tests run on. */
export function postgresForTests(): Postgres {
  return inject('ground').toolchain.postgres;
}

export interface TestEmulator extends NeonEmulator {
  /** The API with the organization's key; every reply is held against Neon's description. */
  readonly api: Client;
  apiAs(key: string): Client;
  readonly control: (method: string, path: string, body?: unknown) => Promise<Response>;
}

/** Starts an emulator that nobody has used yet, in a folder of its own; `stop` removes the folder, too. */
export async function testEmulator(
  options: Partial<Omit<NeonEmulatorOptions, 'dataDir'>> = {},
): Promise<TestEmulator> {
  const folder = scratchFolder('neon-emulator-');
  const dataDir = join(folder.path, 'emulator');
  if (options.compute !== false) copyTemplate(inject('ground').emulatorTemplate, dataDir);
  const emulator = await startNeonEmulator({
    dataDir,
    postgres: postgresForTests(),
    ...options,
  });
  return {
    ...emulator,
    api: checkedClient(emulator.url, emulator.apiKey),
    apiAs: (key) => checkedClient(emulator.url, key),
    control: controlOf(emulator.controlUrl),
    async stop() {
      await emulator.stop();
      folder.remove();
    },
  };
}

export function controlOf(controlUrl: string) {
  return (method: string, path: string, body?: unknown) =>
    fetch(
      controlUrl + path,
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    );
}

/** One connection for one story, closed at its end. */
export async function sql<T>(uri: string, story: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: uri });
  client.on('error', () => {});
  await client.connect();
  try {
    return await story(client);
  } finally {
    await client.end();
  }
}

/** Asks again until the answer is there. @throws after thirty seconds, with the last answer. */
export async function eventually<T>(ask: () => Promise<T>, isThere: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (isThere(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
