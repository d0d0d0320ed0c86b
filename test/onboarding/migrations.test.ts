import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { liveProjectsOf } from '../support/live-projects.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterEach(() => t.removeMigrations());
afterAll(() => t.stop());

describe('migrations that set something for their session', () => {
  it('set it for themselves: each file is applied as if it came alone', async () => {
    await t.writeMigration(
      '0001_audit.sql',
      'create schema audit;\nset search_path = audit;\ncreate table events (id int);\ncreate temporary table t ();\n',
    );
    await t.writeMigration('0002_notes.sql', 'create table notes (id int);\ncreate temporary table t ();\n');
    await t.tenantry.execute.onboard({ id: 'acme' });
    await withClient(await t.tenantry.connectionString('acme'), async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `select schemaname || '.' || tablename as name from pg_tables
         where tablename in ('events', 'notes') order by 1`,
      );
      expect(rows.map(({ name }) => name)).toEqual(['audit.events', 'public.notes']);
    });
  });
});

describe('migrations that are not what they seem', () => {
  it.each([
    [
      'would be undone by their own down part',
      'create table notes (id int);\n-- Down Migration\ndrop table notes;\n',
      /^migration 0001_notes\.sql, line 2, has a down part and no line "-- Up Migration"/,
    ],
    [
      'are not UTF-8',
      Buffer.from("insert into countries values ('\u00d6sterreich');\n", 'latin1'),
      /^migration 0001_notes\.sql, line 1, is not UTF-8/,
    ],
  ])('because they %s fail the onboarding before Neon is asked for anything', async (_, content, message) => {
    await t.writeMigration('0001_notes.sql', content);
    const changes = async () => (await t.emulator.calls()).filter(({ method }) => method !== 'GET');
    const before = (await changes()).length;
    await expect(t.tenantry.execute.onboard({ id: 'failed' })).rejects.toMatchObject({
      reason: { type: 'MigrationFailed', message: expect.stringMatching(message) },
    });
    expect(await changes()).toHaveLength(before);
    expect(await liveProjectsOf(t, 'failed')).toEqual([]);
  });
});
