import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

afterEach(() => t.stop());

const tickMs = 50;
/** Every so often the application connects anew, as any pool does, and asks for the connection string again. */
const reconnectMs = 400;
const rotationOverlap = 2_000;

/** An application that knows nothing of rotations: it writes and reads, and keeps count of what it was told. */
class Application {
  readonly errors: unknown[] = [];
  readonly roles = new Set<string>();
  written = 0;
  #pool: pg.Pool | undefined;
  #connectedAt = 0;
  #running = true;
  #ended: Promise<void> = Promise.resolve();

  start(): void {
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
    await this.#pool?.end();
  }

  async #run(): Promise<void> {
    for (; this.#running; await sleep(tickMs)) {
      try {
        await this.#tick(await this.#connected());
      } catch (error) {
        this.errors.push(error);
      }
    }
  }

  async #tick(pool: pg.Pool): Promise<void> {
    await pool.query('insert into notes values ($1)', [this.written + 1]);
    this.written += 1;
    const { rows } = await pool.query<{ count: number; role: string }>(
      'select count(*)::int as count, session_user as role from notes',
    );
    if (rows[0]?.count !== this.written) throw new Error(`read ${rows[0]?.count}, wrote ${this.written}`);
    this.roles.add(rows[0].role);
  }

  async #connected(): Promise<pg.Pool> {
    if (this.#pool !== undefined && Date.now() - this.#connectedAt < reconnectMs) return this.#pool;
    const former = this.#pool;
    const pool = new pg.Pool({ connectionString: await t.tenantry.connectionString('acme'), max: 2 });
    // A connection that breaks while idle is an error that an application sees.
    pool.on('error', (error) => this.errors.push(error));
    this.#pool = pool;
    this.#connectedAt = Date.now();
    await former?.end();
    return pool;
  }
}

describe('rotating the credentials of a tenant', () => {
  it('loses nothing and shows no error to an application that reads and writes all the time', async () => {
    t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap } } });
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });
    const old = await t.tenantry.connectionString('acme');
    const before = new pg.Client({ connectionString: old });
    await before.connect();
    await before.query('create table notes (n int primary key)');
    await before.end();

    const application = new Application();
    application.start();
    await eventually('the application works', async () => application.written > 3);
    const { role, retired } = await t.tenantry.execute.rotateCredentials('acme');
    const atTheEnd = application.written;
    await eventually('it goes on working', async () => application.written > atTheEnd + 3);
    await application.stop();

    expect(application.errors).toEqual([]);
    expect([...application.roles]).toEqual([retired, role]);
    expect(application.written).toBeGreaterThan(rotationOverlap / tickMs / 4);
    await expect(new pg.Client({ connectionString: old }).connect()).rejects.toThrow();
    const after = new pg.Client({ connectionString: await t.tenantry.connectionString('acme') });
    await after.connect();
    const { rows } = await after.query('select count(*)::int as count, max(n) as last from notes');
    await after.end();
    expect(rows).toEqual([{ count: application.written, last: application.written }]);
  });
});
