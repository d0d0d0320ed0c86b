import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../local/free-port.js';
import { asSuperuser, createCluster, giveTo, recoverCluster } from '../../postgres/index.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { postgresForTests } from './with-emulator.js';

const folder = scratchFolder('neon-emulator-');
afterAll(() => folder.remove());

const superuser = 'cloud_admin';
const password = 'of-the-test';

/** Knocks until it is told to stop; to Postgres each knock at a closed door is a line in its log. */
function knock(port: number) {
  let stopped = false;
  const done = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!stopped) {
        const client = new pg.Client({
          host: '127.0.0.1',
          port,
          user: superuser,
          password,
          database: 'postgres',
        });
        client.on('error', () => {});
        await client.connect().catch(() => {});
        await client.end().catch(() => {});
      }
    }),
  );
  return async () => {
    stopped = true;
    await done;
  };
}

describe('a recovery to a moment after which nothing was written', () => {
  it('shows the end of the log, however much is said in the log meanwhile', async () => {
    const postgres = postgresForTests();
    giveTo(postgres.runAs, folder.path);
    const dataDir = join(folder.path, 'cluster');
    await createCluster({ postgres, dataDir, superuser, password });
    const tcpPort = await freePort();
    const stop = knock(tcpPort);
    try {
      const cluster = await recoverCluster({
        postgres,
        dataDir,
        superuser,
        password,
        listen: { tcpPort },
        restoreCommand: 'false',
        target: { timestamp: new Date().toISOString() },
      });
      const { rows } = await asSuperuser(cluster, 'postgres', (client) =>
        client.query('SELECT pg_is_in_recovery() AS recovering'),
      );
      await cluster.stop();
      expect(rows).toEqual([{ recovering: false }]);
    } finally {
      await stop();
    }
  });
});
