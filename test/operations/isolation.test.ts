import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

const ids = ['a', 'b', 'c'] as const;
type Id = (typeof ids)[number];
const kinds = ['app', 'owner'] as const;
type Kind = (typeof kinds)[number];

/** Each tenant that tries, each that it tries on, and each role of either. */
const attempts = ids.flatMap((from) =>
  ids
    .filter((to) => to !== from)
    .flatMap((to) => kinds.flatMap((own) => kinds.map((others) => ({ from, own, to, others })))),
);

let t: TestTenantry;
let connections: Record<Id, Record<Kind, URL>>;

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration('0001_secrets.sql', 'create table secrets (what text);\n');
  await t.startWorker();
  const known = await Promise.all(
    ids.map(async (id) => {
      await t.tenantry.execute.onboard({ id });
      const tenant = await t.tenantry.get(id);
      const owner = (tenant && (await t.catalog.secrets.open(tenant, 'owner'))) ?? '';
      return [id, { app: new URL(await t.tenantry.connectionString(id)), owner: new URL(owner) }] as const;
    }),
  );
  connections = Object.fromEntries(known) as typeof connections;
  for (const id of ids) {
    await withClient(connections[id].app.href, (client) =>
      client.query('insert into secrets values ($1)', [`of ${id}`]),
    );
  }
});

afterAll(() => t.stop());

/** One's own credential, on the host of the other. */
function onTheHostOf(to: URL, own: URL): string {
  const url = new URL(own.href);
  url.host = to.host;
  url.pathname = to.pathname;
  return url.href;
}

/** The other's role, with one's own password. */
function inTheNameOf(to: URL, own: URL): string {
  const url = new URL(to.href);
  url.password = own.password;
  return url.href;
}

async function dump(connectionString: string): Promise<string> {
  const url = new URL(connectionString);
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(url.password) };
  url.password = '';
  const binary = path.join(inject('ground').toolchain.postgres.binDir, 'pg_dump');
  const { stdout } = await promisify(execFile)(binary, [url.href], { env });
  return stdout;
}

const refused = /password authentication failed|permission denied|does not exist|not permitted/;

describe('between two tenants', () => {
  it.each(attempts)(
    'the $own role of $from is kept out as $others of $to',
    async ({ from, own, to, others }) => {
      const mine = connections[from][own];
      const theirs = connections[to][others];
      expect(mine.password).not.toBe(theirs.password);
      await expect(withClient(onTheHostOf(theirs, mine), async () => {})).rejects.toThrow(refused);
      await expect(withClient(inTheNameOf(theirs, mine), async () => {})).rejects.toThrow(refused);
      await expect(dump(onTheHostOf(theirs, mine))).rejects.toThrow(refused);
      await expect(dump(inTheNameOf(theirs, mine))).rejects.toThrow(refused);
    },
  );

  it("does a dump of one's own work, and holds one's own data alone", async () => {
    const dumped = await dump(connections.a.owner.href);
    expect(dumped).toContain('of a');
    expect(dumped).not.toContain('of b');
  });
});

describe('at home', () => {
  it.each(ids)(
    "the app's role of %s does not get in as its owner, nor into another database of the server",
    async (id) => {
      const { app, owner } = connections[id];
      await expect(withClient(inTheNameOf(owner, app), async () => {})).rejects.toThrow(refused);
      const elsewhere = new URL(app.href);
      elsewhere.pathname = '/postgres';
      await expect(withClient(elsewhere.href, async () => {})).rejects.toThrow(refused);
      await expect(dump(elsewhere.href)).rejects.toThrow(refused);
    },
  );
});
