import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startCatalogServer } from '../../local/catalog-server.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { withClient } from '../support/sql.js';

const run = promisify(execFile);

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly environment?: Record<string, string>; readonly ports?: string[] }>
  >;
}
const text = readFileSync('docker-compose.yml', 'utf8');
const { services } = load(text) as Compose;
const wanted = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);

function folder(): string {
  const scratch = scratchFolder('tenantry-compose-');
  onTestFinished(() => scratch.remove());
  return scratch.path;
}

it('holds no secret itself: each comes from the environment, and is missed aloud', () => {
  const secret = /PASSWORD|KEY|URL/;
  const settings = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
  const secrets = settings.filter(([name]) => secret.test(name));
  expect(secrets.length).toBeGreaterThan(5);
  for (const [name, value] of secrets) expect(value, name).toMatch(/\$\{\w+:(\?|-\$\{\w+:\?)/);
});

it('publishes on loopback alone', () => {
  for (const { ports = [] } of Object.values(services))
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

it('has one command that makes every secret, for its owner’s eyes, and leaves those that are there', async () => {
  const file = path.join(folder(), '.env');
  writeFileSync(file, 'TENANTRY_CATALOG_PASSWORD=mine\nTENANTRY_SEAL_KEY=\n', { mode: 0o600 });
  for (let times = 0; times < 2; times++) await run('sh', ['setup/compose-env.sh', file]);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const made = new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  expect(lines).toHaveLength(new Set(wanted).size + 1);
  expect(made.get('TENANTRY_CATALOG_PASSWORD')).toBe('mine');
  expect(Buffer.from(made.get('TENANTRY_SEAL_KEY')?.split(':')[1] ?? '', 'base64')).toHaveLength(32);
  for (const name of wanted) expect(made.get(name ?? ''), name).toBeTruthy();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('gives the catalog to a role that is no superuser', async () => {
  const { toolchain } = inject('ground');
  const server = await startCatalogServer(toolchain.catalogPostgres, folder());
  onTestFinished(() => server.stop());
  const { superuser, password, address } = server.superuser;
  const port = String(address.port);
  const admin = `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`;
  // As the image's server is: the embedded one has made the role already.
  for (const what of ['DATABASE', 'ROLE'])
    await withClient(admin, (client) => client.query(`DROP ${what} tenantry`));
  await run('sh', ['setup/catalog-owner.sh'], {
    env: {
      PATH: `${toolchain.postgres.binDir}:${process.env.PATH}`,
      PGHOST: '127.0.0.1',
      PGPORT: port,
      PGPASSWORD: password,
      POSTGRES_USER: superuser,
      TENANTRY_CATALOG_PASSWORD: "it's fine",
    },
  });
  const url = `postgresql://tenantry:${encodeURIComponent("it's fine")}@127.0.0.1:${port}/catalog`;
  const powers = await withClient(url, (client) =>
    client.query(
      `SELECT rolsuper AS super, pg_get_userbyid(datdba) = current_user AS owns FROM pg_roles, pg_database
       WHERE rolname = current_user AND datname = current_database()`,
    ),
  );
  expect(powers.rows).toEqual([{ super: false, owns: true }]);
});
