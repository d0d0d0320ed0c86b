import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { WorkerProcess } from '../../local/worker-process.js';
import { sweepScheduleId } from '../../tenancy/naming.js';
import { namesOf, newcomer } from '../catalog/test-catalog.js';
import { breakableWay } from '../support/breakable-way.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { evaluate, type Scraped } from '../support/promql.js';
import { parseScrape, type Scrape } from '../support/scrape.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { alerts } from './alerts.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

async function started(change: Readonly<Record<string, string>> = {}): Promise<WorkerProcess> {
  const worker = await startKillableWorker(t, change);
  onTestFinished(() => worker.stop());
  return worker;
}

const scrape = async ({ url }: WorkerProcess): Promise<Scrape> =>
  parseScrape(await (await fetch(`${url}/metrics`)).text());

/** What fires of all alerts, without regard to how long it has to hold. */
function firing(scraped: Partial<Scraped>): string[] {
  const { before, after } = scraped;
  const whole = { seconds: 300, now: Date.now() / 1_000, ...scraped, before, after };
  return [...alerts.values()]
    .filter(({ expr }) => evaluate(expr, whole).length > 0)
    .map(({ alert }) => alert);
}

const steady = (at: Scrape): Partial<Scraped> => ({ before: at, after: at });

/** A tenant that is being onboarded, by no run that any worker has. */
async function tenantInHand() {
  const writer = newcomer(t.fleet.name);
  await t.catalog.tenants.beginOnboarding(writer, namesOf(writer));
  return writer;
}

describe('an alert fires, and no other one', () => {
  it('where nothing is wrong: none, while tenants are onboarded and after', async () => {
    const worker = await started();
    const before = await scrape(worker);
    await Promise.all(['a', 'b'].map((id) => t.tenantry.execute.onboard({ id })));
    const after = await scrape(worker);
    expect(firing({ before, after })).toEqual([]);
    expect(firing(steady(after))).toEqual([]);
  });

  it('TenantryNoWorker, where none answers', async () => {
    expect(firing({})).toEqual(['TenantryNoWorker']);
  });

  it('TenantryCatalogUnreachable, where a worker lost its catalog', async () => {
    const catalog = new URL(t.environment.TENANTRY_CATALOG_URL ?? '');
    const way = await breakableWay({ host: catalog.hostname, port: Number(catalog.port) });
    onTestFinished(() => way.close());
    catalog.host = `127.0.0.1:${way.port}`;
    const worker = await started({ TENANTRY_CATALOG_URL: catalog.href });
    await way.cut();
    expect(firing(steady(await scrape(worker)))).toEqual(['TenantryCatalogUnreachable']);
  });

  more('TenantryNeonRefusesKey, where the key was revoked, until another call goes well', async () => {
    const worker = await started();
    const fault = await t.emulator.addFault({
      match: { for_ms: 600_000 },
      effect: { kind: 'status', status: 401, body: { message: 'who are you' } },
    });
    const onboarding = await t.tenantry.start.onboard({ id: 'acme' });
    await eventually('the key was refused', async () => {
      const status = await t.tenantry.operationStatus('acme');
      return status?.wait?.type === 'NeonKeyRefused';
    });
    expect(firing(steady(await scrape(worker)))).toEqual(['TenantryNeonRefusesKey']);
    await fault.lift();
    await onboarding.result();
    expect(firing(steady(await scrape(worker)))).toEqual([]);
  });

  it('TenantryNeonUnavailable, where Neon answers 503 to a worker that starts', async () => {
    await t.emulator.addFault({ match: { for_ms: 600_000 }, effect: { kind: 'status', status: 503 } });
    const worker = await started();
    const before = await scrape(worker);
    const calls = ({ sum }: Scrape) => sum('tenantry_neon_calls_total', { status: '503' });
    await eventually('the key is looked at again', async () => calls(await scrape(worker)) > calls(before));
    expect(firing({ before, after: await scrape(worker) })).toEqual(['TenantryNeonUnavailable']);
  });

  it('TenantryWaitsLong, where a step has been tried for twenty minutes', async () => {
    const worker = await started();
    const writer = await tenantInHand();
    await t.catalog.progress.report(writer, [{ name: 'create project' }]);
    await t.catalog.progress.wait(writer, '1', {
      reason: 'the project is held',
      type: 'NeonLocked',
      attempts: 300,
      since: new Date(Date.now() - 1_200_000).toISOString(),
    });
    expect(firing(steady(await scrape(worker)))).toEqual(['TenantryWaitsLong']);
  });

  more('TenantryOperationsFail, where three onboardings of four fail', async () => {
    const worker = await started();
    const before = await scrape(worker);
    await t.tenantry.execute.onboard({ id: 'first' });
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', for_ms: 600_000 },
      effect: { kind: 'status', status: 422, body: { code: 'PROJECTS_LIMIT_EXCEEDED', message: 'full' } },
    });
    for (const id of ['a', 'b', 'c']) await t.tenantry.execute.onboard({ id }).catch(() => {});
    expect(firing({ before, after: await scrape(worker) })).toEqual(['TenantryOperationsFail']);
  });

  it('TenantryNeonBudgetUsedUp, where more is asked of Neon than it is to be asked', async () => {
    const worker = await started({ TENANTRY_NEON_CALLS_PER_SECOND: '4' });
    // Each of these is some twenty looks at Neon.
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects', times: 8 },
      effect: { kind: 'slow-operation', ms: 10_000 },
    });
    const ids = Array.from({ length: 8 }, (_, n) => `a${n}`);
    const onboardings = await Promise.all(ids.map((id) => t.tenantry.start.onboard({ id })));
    const calls = ({ sum }: Scrape) => sum('tenantry_neon_calls_total', {});
    // From its first call on a route counts.
    await eventually('they look at Neon', async () => calls(await scrape(worker)) >= 14);
    const [before, beganAt] = [await scrape(worker), performance.now()];
    let fired: string[] = [];
    await eventually('it fires', async () => {
      const after = await scrape(worker);
      fired = firing({ before, after, seconds: (performance.now() - beganAt) / 1_000 });
      return fired.length > 0 && calls(after) > calls(before) + 4;
    });
    expect(fired).toEqual(['TenantryNeonBudgetUsedUp']);
    await Promise.all(onboardings.map((onboarding) => onboarding.result()));
  });

  it('TenantrySweepStopped, where the last sweep, or what is due, is twenty minutes old', async () => {
    const worker = await started();
    await t.temporal.schedule.getHandle(sweepScheduleId(t.fleet.name)).pause();
    const twentyMinutesOn = Date.now() / 1_000 + 1_200;
    expect(firing({ ...steady(await scrape(worker)), now: twentyMinutesOn })).toEqual([
      'TenantrySweepStopped',
    ]);
    await tenantInHand();
    const overdue = `update tenantry.projects set due_at = now() - interval '20 minutes'`;
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(overdue));
    await eventually('the worker reads it', async () => firing(steady(await scrape(worker))).length > 0);
    expect(firing(steady(await scrape(worker)))).toEqual(['TenantrySweepStopped']);
  });
});
