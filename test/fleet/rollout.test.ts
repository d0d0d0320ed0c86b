import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RolloutHandle } from '../../client/index.js';
import { rolloutWorkflowId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
/** Six, each at the first migration, of every test alike: a test's own migrations come after. */
const ids = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot'];
let number = 1;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, migrationLock: 300 } } });
  await t.startWorker();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await Promise.all(ids.map((id) => t.tenantry.execute.onboard({ id })));
});
afterAll(() => t.stop());

/** The next migration, and its name. */
async function nextMigration(sql: string): Promise<string> {
  number += 1;
  const name = `${String(number).padStart(4, '0')}_next`;
  await t.writeMigration(`${name}.sql`, sql);
  return name;
}

const versions = async () => {
  const { tenants } = await t.tenantry.list();
  return tenants.map(({ schemaVersion }) => schemaVersion);
};

async function report(handle: RolloutHandle) {
  const rows: Record<string, string> = {};
  for await (const { tenantId, state, reason } of handle.report())
    rows[tenantId] = reason === undefined ? state : `${state}: ${reason.message}`;
  return rows;
}

const sqlOf = async (id: string, statement: string) =>
  withClient(await t.tenantry.connectionString(id), (client) => client.query(statement));

describe('a rollout of migrations', () => {
  it('reaches every tenant once, and says so', async () => {
    const name = await nextMigration('create table one (id int);\n');
    const handle = await t.tenantry.fleet.start({ verb: 'migrate', parallel: 3 });
    expect(await handle.result()).toMatchObject({
      state: 'done',
      verb: 'migrate',
      request: { to: name },
      counts: { succeeded: 6, failed: 0, skipped: 0, waiting: 0, running: 0 },
    });
    expect(await versions()).toEqual(Array(6).fill(name));
    for (const id of ids) {
      const history = await t.tenantry.history(id);
      expect(
        history.filter(({ operation, event }) => operation === 'migrate' && event === 'began'),
      ).toHaveLength(1);
    }
    // Again, there is nobody whom it would bring anything.
    const again = await t.tenantry.fleet.start({ verb: 'migrate' });
    expect(again.id).not.toBe(handle.id);
    expect(await again.result()).toMatchObject({ state: 'done', counts: { succeeded: 0, skipped: 6 } });
    expect(await report(again)).toMatchObject({ alpha: `skipped: it is at ${name} already` });
  });
});
