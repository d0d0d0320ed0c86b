import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseSealKeys } from '../../catalog/seal.js';
import { ownProcess } from '../../local/own-process.js';
import { manySealed, sealedWith } from '../catalog/sealed-tenants.js';
import { runTenantry } from '../support/command-line.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [old, fresh] = [key('old'), key('new')];
const tenants = 3_000;

let t: TestTenantry;
let url: string;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  t = await startTenantry();
  url = t.environment.TENANTRY_CATALOG_URL ?? '';
  environment = { ...t.environment, TENANTRY_SEAL_KEY: `${fresh},${old}` };
});

afterAll(() => t.stop());

beforeEach(async () => {
  await withClient(url, (client) => client.query('delete from tenantry.tenants'));
  await manySealed(url, parseSealKeys(old), { fleet: t.fleet.name, count: tenants });
});

const reseal = (change: Readonly<Record<string, string>> = {}, ...options: string[]) =>
  runTenantry(['secrets', 'reseal', ...options], { ...environment, ...change });

/** A fleet's file that says more than the test's own. */
async function config(name: string, more: string): Promise<string> {
  const file = path.join(t.folder, `${name}.mjs`);
  await writeFile(
    file,
    `import fleet from './tenantry.config.mjs';\nexport default { ...fleet, ${more} };\n`,
  );
  return file;
}

describe('tenantry secrets reseal', () => {
  it('killed in the middle leaves every secret under one key or the other, and goes on when it is run again', async () => {
    const child = spawn(process.execPath, [...ownProcess('cli/main'), 'secrets', 'reseal'], {
      env: { ...process.env, ...environment },
      stdio: 'ignore',
    });
    const exit = once(child, 'exit');
    while (((await sealedWith(url)).new ?? 0) === 0);
    child.kill('SIGKILL');
    await exit;
    const { new: done = 0, old: left = 0 } = await sealedWith(url);
    expect(done).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(0);
    expect(done + left).toBe(2 * tenants);

    const { stdout, exitCode } = await reseal();
    expect({ exitCode, lines: stdout.trimEnd().split('\n') }).toEqual({
      exitCode: 0,
      lines: [
        `${left} secrets resealed with "new"`,
        expect.stringMatching(/^key "old" may go: no secret is sealed with it any more\./),
      ],
    });
    expect(await sealedWith(url)).toEqual({ new: 2 * tenants });
  });

  it('says in JSON that a key has to stay where payloads are encrypted, or where a secret does not open', async () => {
    await withClient(url, (client) =>
      client.query(`delete from tenantry.secret_generations where tenant_id = 't-7' and kind = 'app'`),
    );
    const { stdout, exitCode } = await reseal({}, '--json');
    const keys = { id: 'old', secrets: 1, ofOtherFleets: 0, payloads: false, mayGo: false };
    const unopened = [{ tenantId: 't-7', kind: 'app', reason: expect.stringContaining('not the one that') }];
    const left = { keyId: 'new', resealed: 2 * tenants - 1, left: 1, unopened, olderKeys: [keys] };
    expect({ exitCode, printed: JSON.parse(stdout) }).toEqual({ exitCode: 1, printed: left });

    await withClient(url, (client) => client.query(`delete from tenantry.secrets where tenant_id = 't-7'`));
    const encrypting = await reseal({ TENANTRY_CONFIG: await config('encrypting', 'encryptPayloads: true') });
    expect(encrypting.exitCode).toBe(0);
    expect(encrypting.stdout).toMatch(/^key "old" has to stay for now: .*docs\/payload-encryption\.md/m);
  });

  it('has nothing to do for a fleet with a store of secrets of its own, and says so', async () => {
    const store = 'put() {}, keep() {}, open() {}, remove() {}, kinds() {}, forget() {}';
    const ownStore = { TENANTRY_CONFIG: await config('own-store', `secrets: { ${store} }`) };
    const { stdout, exitCode } = await reseal(ownStore);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^nothing to do: .*own/),
    });
    expect(JSON.parse((await reseal(ownStore, '--json')).stdout)).toMatchObject({ keyId: null, resealed: 0 });
    expect(await sealedWith(url)).toEqual({ old: 2 * tenants });
  });

  it('is what doctor tells to run, with how many secrets are under which older key', async () => {
    const { stdout } = await runTenantry(['doctor', '--json'], environment);
    const found = JSON.parse(stdout).find(({ check }: { check: string }) => check === 'seal-key');
    expect(found).toMatchObject({
      status: 'ok',
      message: expect.stringContaining(`not with the first key, "new": ${2 * tenants} with "old", until: `),
    });
  });
});
