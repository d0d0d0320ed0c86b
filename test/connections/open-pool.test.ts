import type pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { openPool, type PoolSettings } from '../../connections/open-pool.js';
import { breakableWay } from '../support/breakable-way.js';
import { withClient } from '../support/sql.js';

const server = () => inject('ground').catalogServerUrl;

function pool(settings: Partial<PoolSettings> = {}): pg.Pool {
  const opened = openPool({ connectionString: server(), connections: 4, connectMs: 5_000, ...settings });
  onTestFinished(() => opened.end());
  return opened;
}

const pidOf = async (client: Pick<pg.ClientBase, 'query'>) =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;

describe('a pool', () => {
  it('outlives connections that are ended all the time, idle and in somebody’s hands', async () => {
    const uncaught: unknown[] = [];
    const hear = (error: unknown) => void uncaught.push(error);
    process.on('uncaughtException', hear);
    onTestFinished(() => void process.off('uncaughtException', hear));
    const under = pool({ applicationName: 'under-fire' });
    let ended = 0;
    let done = false;
    const fire = withClient(server(), async (client) => {
      while (!done) {
        const { rows } = await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'under-fire'",
        );
        ended += rows.length;
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    });
    let served = 0;
    const lane = async () => {
      for (const until = Date.now() + 1_500; Date.now() < until; )
        try {
          const client = await under.connect();
          try {
            await client.query('begin');
            await client.query('select pg_sleep(0.01)');
            await client.query('commit');
            served += 1;
          } finally {
            // As one who does not know what became of it.
            client.release();
          }
        } catch {}
    };
    await Promise.all([lane(), lane(), lane(), lane()]);
    done = true;
    await fire;
    expect(ended).toBeGreaterThan(0);
    expect(served).toBeGreaterThan(0);
    expect(uncaught).toEqual([]);
    expect((await under.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('does not wait for ever for a server that went silent, nor hand its connection out again', async () => {
    const url = new URL(server());
    const way = await breakableWay({ host: url.hostname, port: Number(url.port) });
    url.port = String(way.port);
    const silent = pool({ connectionString: url.href, connections: 1, queryMs: 200 });
    onTestFinished(() => way.close());
    const client = await silent.connect();
    const before = await pidOf(client);
    way.silence();
    await expect(client.query('select 1')).rejects.toThrow(/Query read timeout/);
    client.release();
    await way.restore();
    expect(await pidOf(silent)).not.toBe(before);
  });

  it('keeps a connection whose statement Postgres refused', async () => {
    const one = pool({ connections: 1 });
    const before = await pidOf(one);
    const client = await one.connect();
    await expect(client.query('select no_such_column')).rejects.toThrow(/does not exist/);
    client.release();
    expect(await pidOf(one)).toBe(before);
  });
});
