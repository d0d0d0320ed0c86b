import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { compiledModule } from '../support/compiled-module.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;
/** Postgres' programs, with a psql that notes what it was told before it goes on as itself. */
let bin: string;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
  const real = t.environment.TENANTRY_POSTGRES_BIN ?? '';
  bin = path.join(t.folder, 'bin');
  await mkdir(bin);
  for (const program of await readdir(real))
    if (program !== 'psql') await symlink(path.join(real, program), path.join(bin, program));
  await writeFile(
    path.join(bin, 'psql'),
    `#!/bin/sh\nenv >'${t.folder}/environment'\necho "$@" >'${t.folder}/arguments'\nexec '${real}/psql' "$@"\n`,
  );
  await chmod(path.join(bin, 'psql'), 0o755);
});

afterAll(() => t.stop());

/** Types lines into `tenantry connect acme`. */
async function connect(lines: string, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [compiledModule('cli/main'), 'connect', 'acme'], {
    env: { ...process.env, ...t.environment, TENANTRY_POSTGRES_BIN: bin, ...environment },
  });
  child.stdin.end(lines);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, exitCode };
}

it('opens psql as the tenant, with a person’s own settings and none of our keys', async () => {
  const ran = await connect('\\pset format unaligned\nselect 40 + 2 as answer;\n\\! env\n', {
    AWS_SECRET_ACCESS_KEY: 'canary-aws',
    GITHUB_TOKEN: 'canary-github',
    TERM: 'vt220',
    PSQL_HISTORY: '/dev/null',
    PGOPTIONS: '-c search_path=elsewhere',
  });
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('answer\n42') });
  const told = await readFile(path.join(t.folder, 'environment'), 'utf8');
  expect(told).toContain('TERM=vt220\n');
  expect(told).toContain('PSQL_HISTORY=/dev/null\n');
  for (const seen of [told, ran.stdout])
    expect(seen).not.toMatch(/canary|^(TENANTRY|NEON|AWS|TEMPORAL)_|PGOPTIONS/m);
  const { password } = new URL(await t.tenantry.connectionString('acme'));
  expect(told).toContain(`PGPASSWORD=${password}\n`);
  expect(await readFile(path.join(t.folder, 'arguments'), 'utf8')).not.toContain(password);
});

it('shows the password to no server that asks for it in clear', async () => {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      heard += data.toString('latin1');
      const isPassword = data[0] === 'p'.charCodeAt(0);
      if (isPassword) return socket.destroy();
      const asksForTls = data.length === 8 && data.readInt32BE(4) === 80_877_103;
      // No TLS here; and then: your password, in clear.
      return socket.write(asksForTls ? 'N' : Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const tenant = { fleet: t.fleet.name, id: tenantIdOf('acme') };
  const before = (await t.catalog.secrets.open(tenant, 'app')) ?? '';
  await t.catalog.secrets.put(
    tenant,
    'app',
    `postgresql://acme:s3cr3t@127.0.0.1:${port}/app?sslmode=disable`,
  );
  try {
    const { exitCode, stderr } = await connect('select 1;\n');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('authentication method requirement "scram-sha-256" failed');
    expect(heard).toContain('acme');
    expect(heard).not.toContain('s3cr3t');
  } finally {
    await t.catalog.secrets.put(tenant, 'app', before);
  }
});

it('says what fixes a login whose password the tenant has changed', async () => {
  await withClient(await t.tenantry.connectionString('acme'), (client) =>
    client.query("set role none; alter role current_user password 'changed by the tenant'"),
  );
  const { exitCode, stderr } = await connect('select 1;\n');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(
    /^tenantry: the database of tenant "acme" refuses its published login: .*rotate --now/m,
  );
});
