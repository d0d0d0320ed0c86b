import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { type NeonEmulator, type NeonEmulatorOptions, startNeonEmulator } from '../../emulator/index.js';
import { type Postgres, removeWhenGone } from '../../emulator/postgres/index.js';
import { type Client, checkedClient } from './openapi.js';

/** The Postgres that tests run on: the one the environment names, or the one the project has fetched. */
export function postgresForTests(): Postgres {
  const candidates = [process.env.TENANTRY_POSTGRES_BIN, resolve('.tenantry/postgres/bin')];
  const binDir = candidates.find((folder) => folder !== undefined && existsSync(join(folder, 'postgres')));
  if (binDir === undefined)
    throw new Error('set TENANTRY_POSTGRES_BIN to a folder with Postgres 18 binaries');
  return process.getuid?.() === 0 ? { binDir, runAs: { uid: 65534, gid: 65534 } } : { binDir };
}

/** A folder that is gone after the test, also when the test runner is killed. */
export function scratchFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'neon-emulator-'));
  // The user that Postgres runs as has to pass through.
  chmodSync(path, 0o711);
  const removal = removeWhenGone(path);
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
      removal.cancel();
    },
  };
}

export interface TestEmulator extends NeonEmulator {
  /** The API with the organization's key; every reply is held against Neon's description. */
  readonly api: Client;
  apiAs(key: string): Client;
  readonly control: (method: string, path: string, body?: unknown) => Promise<Response>;
}

/** Starts an emulator on an empty folder; `stop` removes the folder, too. */
export async function testEmulator(
  options: Partial<Omit<NeonEmulatorOptions, 'dataDir'>> = {},
): Promise<TestEmulator> {
  const folder = scratchFolder();
  const emulator = await startNeonEmulator({
    dataDir: folder.path,
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
