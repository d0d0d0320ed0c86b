import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantWithData } from './moving.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, moveGrace: 600_000 } } });
});

afterEach(() => t.stop());

const everyMs = 50;

/** Writes and reads again and again, on a new connection wherever the last one failed, until it is told to stop. */
function busyClient() {
  const acknowledged: number[] = [];
  const written: number[] = [];
  const read: number[] = [];
  let stopping = false;
  const attempt = async (work: () => Promise<void>) =>
    work().then(
      () => true,
      () => false,
    );

  const run = async (): Promise<void> => {
    for (let next = 1; !stopping; ) {
      const client = new pg.Client({ connectionString: await t.tenantry.connectionString('acme') });
      client.on('error', () => {});
      let usable = await attempt(() => client.connect().then(() => {}));
      while (usable && !stopping) {
        // What is not acknowledged may have been written all the same, so it is never tried again under its number.
        const number = next++;
        const wrote = await attempt(async () => {
          await client.query('insert into drafts (body) values ($1)', [JSON.stringify({ number })]);
        });
        if (wrote) {
          acknowledged.push(number);
          written.push(Date.now());
        }
        const reads = await attempt(async () => void (await client.query('select count(*) from drafts')));
        if (reads) read.push(Date.now());
        usable = wrote && reads;
        await sleep(everyMs);
      }
      await client.end().catch(() => {});
      await sleep(everyMs);
    }
  };
  const running = run();
  return {
    acknowledged,
    written,
    read,
    async stop() {
      stopping = true;
      await running;
    },
  };
}

const longestGap = (times: readonly number[]) =>
  Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));

it('loses no write that was acknowledged to a client that writes all the way', async () => {
  await t.startWorker();
  await tenantWithData(t);
  const client = busyClient();
  const moved = await t.tenantry.execute.move('acme', { region: 'aws-eu-central-1' });
  const switched = Date.now();
  while (!client.written.some((time) => time > switched + 200)) await sleep(everyMs);
  await client.stop();

  const connection = await t.tenantry.connectionString('acme');
  const kept = await withClient(connection, async (db) => {
    const { rows } = await db.query<{ number: number }>(
      `select (body ->> 'number')::int as number from drafts where body ? 'number' order by 1`,
    );
    return rows.map(({ number }) => number);
  });
  const lost = client.acknowledged.filter((number) => !kept.includes(number));
  expect(lost).toEqual([]);
  expect(client.acknowledged.length).toBeGreaterThan(10);

  const [writeGap, readGap] = [longestGap(client.written), longestGap(client.read)];
  console.log(
    `a client that writes every ${everyMs} ms could not write for ${writeGap} ms and not read for ${readGap} ms while its tenant was moved; the run itself counted ${Math.round(moved.gapSeconds * 1000)} ms without writes`,
  );
  expect(Number.isFinite(writeGap)).toBe(true);
  expect(Number.isFinite(readGap)).toBe(true);
});
