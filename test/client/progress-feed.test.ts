import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import { openCatalog } from '../../catalog/catalog.js';
import { ProgressFeed } from '../../client/progress-feed.js';
import { namesOf, newcomer, testCatalog } from '../catalog/test-catalog.js';
import { breakableWay } from '../support/breakable-way.js';
import { eventually } from '../support/eventually.js';

const test = testCatalog();
const closes: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closes.reverse()) await close();
});

const listening = async () => {
  const [row] = await test.rows(
    "select count(*)::int as count from pg_stat_activity where application_name = 'tenantry progress' and datname = current_database()",
  );
  return row?.count;
};

it('leaves no connection that listens, also when one that was given up fails late', async () => {
  const { hostname, port, pathname, username, password } = new URL(test.url);
  // Takes connections, and says nothing until it ends them.
  const held: Socket[] = [];
  const silent = createServer((socket) => void held.push(socket.on('error', () => {})));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('it does not listen');
  const real = { host: hostname, port: Number(port) };
  const way = await breakableWay({ host: '127.0.0.1', port: address.port });
  const catalog = openCatalog({
    url: `postgresql://${username}:${password}@127.0.0.1:${way.port}${pathname}`,
    sealKeys: new Map([['test', randomBytes(32)]]),
    connections: 2,
  });
  closes.push(
    () => catalog.close(),
    () => way.close(),
    async () => silent.close(),
  );
  const feed = new ProgressFeed(catalog, 'rag', 'a queue');
  const follow = () => {
    const leaving = new AbortController();
    const looks = feed.watch(newcomer().id, leaving.signal);
    const looked = looks.next();
    const leave = async () => {
      leaving.abort();
      await looks.return();
    };
    return { looked, leave };
  };

  const first = follow();
  await eventually('it is about to listen', async () => held.length > 0);
  await first.leave();
  way.leadTo(real);
  const second = follow();
  await eventually('another one listens', async () => (await listening()) === 1);
  for (const socket of held) socket.destroy();
  await second.looked;
  const third = follow();
  await third.looked;
  await second.leave();
  await third.leave();
  await eventually('nobody listens', async () => (await listening()) === 0);
});

it('tells nothing that is older than what it has told', async () => {
  const writer = newcomer();
  const { catalog } = test;
  await catalog.tenants.beginOnboarding(writer, namesOf(writer));
  await catalog.progress.report(writer, [{ name: 'one' }]);
  let first = true;
  let deliver = () => {};
  const delivered = new Promise<void>((resolve) => {
    deliver = resolve;
  });
  const feed = new ProgressFeed(
    {
      workers: catalog.workers,
      progress: {
        ...catalog.progress,
        // Its answer is long on its way.
        async of(fleet, ids) {
          const late = first;
          first = false;
          const rows = await catalog.progress.of(fleet, ids);
          if (late) await delivered;
          return rows;
        },
      },
    },
    writer.fleet,
    'a queue',
  );
  const leaving = new AbortController();
  const told: (string | undefined)[] = [];
  const following = (async () => {
    for await (const look of feed.watch(writer.id, leaving.signal)) told.push(look?.run?.steps.at(-1)?.name);
  })();
  await eventually('it has asked', async () => !first);
  await catalog.progress.report(writer, [{ name: 'two' }]);
  await eventually('it tells of it', async () => told.includes('two'));
  deliver();
  await catalog.progress.report(writer, [{ name: 'three' }]);
  await eventually('it tells of that', async () => told.includes('three'));
  leaving.abort();
  await following;
  expect(told.filter((name) => name === 'one')).toEqual([]);
});
