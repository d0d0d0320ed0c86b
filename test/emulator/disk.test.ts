import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { startTestEmulator } from '../support/emulator.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { checkedClient } from './openapi.js';
import { inDatabase, readyProject } from './stories.js';
import { sql } from './with-emulator.js';

/** Where all clusters have the files of the database that nobody can connect to. */
const shared = join(inject('ground').emulatorTemplate, 'clusters/template/base/4');

function contents(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(shared)) hash.update(name).update(readFileSync(join(shared, name)));
  return hash.digest('hex');
}

const inode = (file: string) => statSync(file).ino;

it('what all projects share on disk is written to by none of them, and outlives them', async () => {
  const before = contents();
  const folder = scratchFolder('neon-emulator-');
  const emulator = await startTestEmulator(inject('ground'), folder.path);
  onTestFinished(async () => {
    await emulator.stop();
    folder.remove();
  });
  const api = checkedClient(emulator.url, emulator.apiKey);
  const { id, branch, uri } = await readyProject(api);
  const { uri: another } = await readyProject(api);
  const own = join(folder.path, 'emulator/clusters', id, branch, 'base/4/PG_VERSION');
  expect(inode(own)).toBe(inode(join(shared, 'PG_VERSION')));
  await sql(uri, async (client) => {
    for (const strategy of ['wal_log', 'file_copy']) {
      await client.query(`CREATE DATABASE like_${strategy} TEMPLATE template0 STRATEGY ${strategy}`);
      await sql(inDatabase(uri, `like_${strategy}`), (inside) => inside.query('VACUUM (FREEZE, ANALYZE)'));
      await client.query(`DROP DATABASE like_${strategy}`);
    }
    await client.query('VACUUM FREEZE');
  });
  expect(contents()).toBe(before);
  await api('DELETE', `/projects/${id}`);
  await sql(another, async (client) => {
    await client.query('CREATE DATABASE later TEMPLATE template0');
    const { rows } = await sql(inDatabase(another, 'later'), (inside) => inside.query('SELECT 1 AS works'));
    expect(rows).toEqual([{ works: 1 }]);
  });
  expect(contents()).toBe(before);
});
