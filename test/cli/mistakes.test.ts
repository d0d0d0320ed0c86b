import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { emptyDatabase } from '../support/catalog-database.js';
import { runTenantry, runTenantryProcess } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { plainFleet } from './plain-fleet.js';

const nothingSet = {
  TEMPORAL_ADDRESS: '',
  TENANTRY_CATALOG_URL: '',
  TENANTRY_SEAL_KEY: '',
  NEON_API_KEY: '',
};

function folder(): string {
  const scratch = scratchFolder('tenantry-mistakes-');
  onTestFinished(() => scratch.remove());
  return scratch.path;
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe("a mistake in the fleet's file", () => {
  it.each(['list', 'up', 'dev'])(
    'is told on one line by `%s`, before anything is started',
    async (command) => {
      const home = folder();
      const file = path.join(home, 'tenantry.config.mjs');
      await writeFile(file, `throw new Error('half written');\n`);
      const { exitCode, stdout, stderr } = await runTenantry([command], {
        ...nothingSet,
        TENANTRY_CONFIG: file,
        TENANTRY_STATE_DIR: path.join(home, 'state'),
      });
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `tenantry: ${file} does not load: half written (line 1)\n`,
      });
      const stack = path.join(home, 'state', 'stack-emulator');
      expect(existsSync(stack) ? await readdir(stack) : []).toEqual([]);
    },
  );
});

describe('a catalog that cannot serve', () => {
  const list = async (url: URL | string) => {
    return runTenantry(['list'], {
      ...nothingSet,
      TENANTRY_CONFIG: await plainFleet(folder()),
      TEMPORAL_ADDRESS: inject('ground').temporalAddress,
      TENANTRY_CATALOG_URL: String(url),
      TENANTRY_SEAL_KEY: `one:${Buffer.alloc(32).toString('base64')}`,
    });
  };

  it.each([
    ['a password that is wrong', { password: 'canary' }, 5, /TENANTRY_CATALOG_URL is refused: password/],
    [
      'a database that is not there',
      { pathname: '/nowhere' },
      5,
      /TENANTRY_CATALOG_URL is refused: database/,
    ],
    [
      'a host that is not known',
      { hostname: 'nowhere.invalid' },
      5,
      /cannot reach the catalog \(.*nowhere\.invalid\): start that Postgres/,
    ],
  ])('is told on one line, as for %s', async (_, change, exitCode, says) => {
    const url = Object.assign(new URL(inject('ground').catalogServerUrl), change);
    const told = await list(url);
    expect(told).toMatchObject({ exitCode, stdout: '' });
    expect(told.stderr).toMatch(/^tenantry: .*\n$/);
    expect(told.stderr).toMatch(says);
    expect(told.stderr).not.toContain('canary');
  });

  it('is told on one line, as for one that no worker has migrated', async () => {
    const told = await list(await emptyDatabase());
    expect(told).toEqual({
      exitCode: 5,
      stdout: '',
      stderr: expect.stringMatching(/^tenantry: the catalog .* has not been migrated, .*\n$/),
    });
  });
});

describe('`codec-server`', () => {
  it('says of a port that is taken which option names another', async () => {
    const port = await takenPort();
    const { exitCode, stderr } = await runTenantry(['codec-server', '--port', String(port)], {
      ...nothingSet,
      TENANTRY_STATE_DIR: folder(),
      TENANTRY_SEAL_KEY: `one:${Buffer.alloc(32).toString('base64')}`,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`^tenantry: .*${port}.* taken.*--port.*\n$`));
  });

  it('says without a key that a stack would have one', async () => {
    const { exitCode, stderr } = await runTenantry(['codec-server'], {
      ...nothingSet,
      TENANTRY_STATE_DIR: folder(),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^tenantry: TENANTRY_SEAL_KEY .* keep a stack up with: .* up\n$/);
  });
});

describe('the emulator as a command', () => {
  it('says that the port is taken', async () => {
    const port = await takenPort();
    const { exitCode, stderr } = await runTenantryProcess(
      [`--data-dir=${path.join(folder(), 'data')}`, '--no-compute', `--port=${port}`],
      {},
      [compiledModule('emulator/main')],
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(/^emulator: --port: it is taken.*\n$/),
    });
  });
});
