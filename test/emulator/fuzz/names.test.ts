import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from '../stories.js';
import { type TestEmulator, testEmulator } from '../with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());

const names = [
  `"; DROP ROLE neondb_owner; --`,
  `it's`,
  'back\\slash',
  '/a/../b?c#d%20',
  '__proto__',
  'SELECT',
  '$1',
  '客户 🐘',
  'ü'.repeat(31),
];

describe('a role and a database of an odd name', () => {
  it('reach Postgres as they were said, and log in', async () => {
    const project = await readyProject(neon.api);
    const branch = `/projects/${project.id}/branches/${project.branch}`;
    for (const name of names) {
      const { body } = await neon.api('POST', `${branch}/roles`, { role: { name } });
      await settled(neon.api, project.id);
      await neon.api('POST', `${branch}/databases`, { database: { name, owner_name: name } });
      const [latest] = await settled(neon.api, project.id);
      expect([name, latest?.status]).toEqual([name, 'finished']);

      const query = new URLSearchParams({ role_name: name, database_name: name });
      const { uri } = (await neon.api('GET', `${branch.replace(/\/branches.*/, '')}/connection_uri?${query}`))
        .body;
      expect(uri).toContain(encodeURIComponent(body.role.password));
      const rows = await whoAndWhere(new URL(uri));
      expect(rows).toEqual([{ me: name, here: name }]);
      expect((await neon.api('DELETE', `${branch}/databases/${encodeURIComponent(name)}`)).status).toBe(200);
      await settled(neon.api, project.id);
    }
  });
});

/** Some drivers leave the name of a database half encoded when they read a URL. */
async function whoAndWhere(url: URL): Promise<unknown[]> {
  const [user, password, database] = [url.username, url.password, url.pathname.slice(1)].map(
    decodeURIComponent,
  );
  const client = new pg.Client({ host: url.hostname, port: Number(url.port), user, password, database });
  await client.connect();
  try {
    return (await client.query('SELECT current_user AS me, current_database() AS here')).rows;
  } finally {
    await client.end();
  }
}
