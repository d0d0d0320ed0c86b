import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { createExistingProject } from '../support/existing-project.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { moveHeldInCopy, refusalOf } from './moving.js';

/*
 * An adopted tenant's application may go on connecting as the owner, as it did before. Nobody tells it of a move.
 */

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, moveGrace: 600_000 } } });
  await t.startWorker();
});

afterAll(() => t.stop());

const readOnly = '25006';
const everyMs = 20;
/** A colleague's login is not carried, and a move is refused until whoever asks for it leaves it behind. */
const request = { region: 'aws-eu-central-1', leaveBehind: ['colleague'] };

const insert = 'insert into orders (number) values (-1)';

/** A tenant that was a project before, with a table of its application's; answers how that connects. */
async function adopted(id: string): Promise<string> {
  const { project, connection_uris } = await createExistingProject(t, { name: `shop-${id}` });
  const owner = connection_uris[0]?.connection_uri ?? '';
  await eventually('the database answers', () =>
    withClient(owner, (client) => client.query('create table if not exists orders (number int)')).then(
      () => true,
      () => false,
    ),
  );
  await withClient(owner, async (client) => {
    await client.query("create role colleague login password 'a colleague'");
    await client.query('grant pg_read_all_data, pg_write_all_data to colleague');
    await client.query('grant connect on database shop to colleague');
  });
  await t.tenantry.execute.adopt(id, { projectId: project.id });
  return owner;
}

/** A login that was there before too, and may write whatever there is. */
function asColleague(owner: string): string {
  const there = new URL(owner);
  there.username = 'colleague';
  there.password = 'a colleague';
  return there.href;
}

const ownerNow = async (id: string): Promise<string> => {
  const tenant = await t.tenantry.get(id);
  return (tenant && (await t.catalog.secrets.open(tenant, 'owner'))) ?? '';
};

let numbers = 1;

/** Writes to one address again and again, from a few connections, and connects again wherever one fails. */
function writer(connection: string) {
  const acknowledged: number[] = [];
  const refused = new Set<string | undefined>();
  let stopping = false;
  const run = async (): Promise<void> => {
    while (!stopping) {
      const client = new pg.Client({ connectionString: connection });
      client.on('error', () => {});
      try {
        await client.connect();
        while (!stopping) {
          const number = numbers++;
          await client.query('insert into orders (number) values ($1)', [number]);
          acknowledged.push(number);
          await sleep(everyMs);
        }
      } catch (error) {
        refused.add(error instanceof pg.DatabaseError ? error.code : undefined);
      }
      await client.end().catch(() => {});
      await sleep(everyMs);
    }
  };
  const running = Promise.all([run(), run(), run()]);
  return {
    acknowledged,
    refused,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

describe('an application that connects as the owner, or as another login that was there before', () => {
  it('is never told that something is written that the next project does not have', async () => {
    const before = await adopted('acme');
    const applications = [writer(before), writer(asColleague(before))] as const;
    for (const { acknowledged } of applications)
      await eventually('it writes', async () => acknowledged.length > 10);
    await t.tenantry.execute.move('acme', request);
    await sleep(500);
    for (const application of applications) await application.stop();

    const kept = await withClient(await ownerNow('acme'), async (client) => {
      const { rows } = await client.query<{ number: number }>('select number from orders');
      return new Set(rows.map(({ number }) => number));
    });
    for (const { acknowledged, refused } of applications) {
      expect(acknowledged.filter((number) => !kept.has(number))).toEqual([]);
      expect([...refused]).toContain(readOnly);
    }
    expect(await refusalOf(before, insert)).toBe(readOnly);
    expect(await refusalOf(asColleague(before), insert)).toBe(readOnly);
    expect(await refusalOf(await ownerNow('acme'), insert)).toBeUndefined();

    const left = await ownerNow('acme');
    await t.tenantry.execute.undoMove('acme');
    expect(await refusalOf(before, insert)).toBeUndefined();
    expect(await refusalOf(left, insert)).toBe(readOnly);
  });

  more('writes again where the move is undone, without being started anew', async () => {
    const owner = await adopted('stays');
    const application = writer(owner);
    const { handle: moving, release } = await moveHeldInCopy(t, owner, request, 'stays');
    await eventually('it is refused', async () => application.refused.has(readOnly));
    await moving.cancel();
    await release();
    await expect(moving.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    const undone = application.acknowledged.length;
    await eventually('it writes again', async () => application.acknowledged.length > undone + 10);
    await application.stop();
    expect((await t.tenantry.execute.repair('stays')).mended).toEqual([]);
  });

  more('keeps a move from beginning where it would go on writing, and is named', async () => {
    const owner = await adopted('stubborn');
    await withClient(owner, (client) =>
      client.query('alter role shop_owner set default_transaction_read_only = off'),
    );
    await expect(t.tenantry.execute.move('stubborn', request)).rejects.toMatchObject({
      reason: { type: 'RequestUnfit', message: expect.stringContaining('"shop_owner" would go on writing') },
    });
    expect(await refusalOf(owner, insert)).toBeUndefined();
  });
});
