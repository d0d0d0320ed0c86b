import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { MemberEnd } from '../../catalog/rollout-ends.js';
import type { TurnTaken } from '../../catalog/rollout-turn.js';
import type { NewRollout } from '../../catalog/rollouts.js';
import { rolloutPaceSchema } from '../../tenancy/rollout-schemas.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * A rollout as the catalog has it, without a run: each test takes its turns itself.
 */

let t: TestTenantry;
let turns = 0;
const next = () => {
  turns += 1;
  return turns;
};

beforeEach(async () => {
  t ??= await startTenantry();
  await sql('delete from tenantry.rollouts');
  await sql('delete from tenantry.tenants');
});
afterAll(() => t.stop());

const sql = async (statement: string, values: unknown[] = []) =>
  (await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(statement, values)))
    .rows;

const tenants = (...ids: string[]) =>
  sql(
    `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, schema_version)
     select $1, id, 'ready', 'ready', 'free', id, 'run-1', '0001_notes' from unnest($2::text[]) as id`,
    [t.fleet.name, ids],
  );

async function begun(asked: Omit<Partial<NewRollout>, 'pace'> & { pace?: object } = {}): Promise<string> {
  const { id } = await t.catalog.rollouts.begin({
    fleet: t.fleet.name,
    id: `rollout-${next()}`,
    verb: 'migrate',
    request: {},
    filter: {},
    waves: [{}],
    key: 'migrate',
    ...asked,
    pace: rolloutPaceSchema.parse(asked.pace ?? {}),
  });
  await t.catalog.rollouts.enrol(t.fleet.name, id, { to: '0002_tags' });
  return id;
}

interface Asked {
  readonly ended?: readonly MemberEnd[];
  readonly claim?: string;
  readonly holdsNone?: boolean;
  readonly isLast?: boolean;
}

const turn = (id: string, { ended = [], claim, holdsNone = false, isLast = false }: Asked = {}) =>
  t.catalog.rollouts.takeTurn({
    fleet: t.fleet.name,
    id,
    claim: claim ?? `turn-${next()}`,
    holdsNone,
    isLast,
    ended,
  });

const idsOf = ({ begin }: TurnTaken) => begin.map(({ tenantId }) => tenantId);
const end = (outcome: MemberEnd['outcome'], ...ids: string[]): MemberEnd[] =>
  ids.map((id) => ({
    tenantId: tenantIdOf(id),
    outcome,
    ...(outcome === 'failed' ? { reason: { type: 'MigrationFailed', message: 'no' } } : {}),
  }));
const status = async (id: string) => t.catalog.rollouts.get(t.fleet.name, id);

describe('a turn', () => {
  it('that is asked for again, once a person has paused the rollout, begins nobody and keeps nobody', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ pace: { parallel: 1 } });
    expect(idsOf(await turn(id, { claim: 'lost' }))).toEqual(['alpha']);
    await t.catalog.rollouts.want(t.fleet.name, id, 'pause');
    expect(await turn(id, { claim: 'lost' })).toMatchObject({ state: 'paused', begin: [] });
    expect((await status(id))?.counts).toMatchObject({ waiting: 2, running: 0 });
  });

  it('of a run that has nobody in its hands gives everybody back whom an answer that came to nobody has taken', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun();
    await turn(id, { claim: 'of an attempt that was given up' });
    expect(idsOf(await turn(id, { holdsNone: true }))).toEqual(['alpha', 'bravo']);
  });

  it.each([
    { perMinute: 1, seconds: 60 },
    { perMinute: 15, seconds: 4 },
    { perMinute: 20, seconds: 3 },
  ])('lets no more than $perMinute a minute begin', async ({ perMinute, seconds }) => {
    await tenants('alpha', 'bravo', 'charlie', 'delta');
    const id = await begun({ pace: { perMinute } });
    const pass = (by: number) =>
      sql(`update tenantry.rollout_tenants set began_at = began_at - make_interval(secs => $1)`, [by]);
    const first = await turn(id);
    const count = Math.max(1, Math.floor(perMinute / 10));
    expect(first.begin).toHaveLength(count);
    expect(first.waitMs).toBeGreaterThan((seconds - 2) * 1000);
    expect(first.waitMs).toBeLessThanOrEqual(seconds * (count * 1000));
    await pass((first.waitMs ?? 0) / 1000 - 1.5);
    expect((await turn(id)).begin).toEqual([]);
    await pass(1.6);
    expect((await turn(id)).begin).toHaveLength(count);
  });

  it('treats those of an earlier wave too whom the deadline finds asleep', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ waves: [{ size: 1 }, {}], wakeAt: new Date(Date.now() + 3_600_000) });
    for (let wave = 0; wave < 2; wave += 1) {
      const taken = await turn(id);
      await turn(id, { ended: end('asleep', ...idsOf(taken)) }).then(async (next) => {
        if (next.begin.length > 0) await turn(id, { ended: end('asleep', ...idsOf(next)) });
      });
    }
    expect(await status(id)).toMatchObject({ state: 'asleep', counts: { asleep: 2 } });
    await sql(`update tenantry.rollouts set wake_at = now() - interval '1 second'`);
    let taken = await turn(id);
    expect(taken.begin).toHaveLength(1);
    taken = await turn(id, { ended: end('succeeded', ...idsOf(taken)) });
    expect(taken.begin).toHaveLength(1);
    await turn(id, { ended: end('succeeded', ...idsOf(taken)) });
    expect(await status(id)).toMatchObject({ state: 'done', counts: { succeeded: 2, waiting: 0 } });
  });

  it('begins with those that failed again at once, though the waves before had a soak', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ waves: [{ size: 1, soakMs: 3_600_000 }, {}] });
    const canary = idsOf(await turn(id));
    expect(await turn(id, { ended: end('succeeded', ...canary) })).toMatchObject({ begin: [] });
    await sql(`update tenantry.rollouts set opens_at = now() - interval '1 second'`);
    await sql(`update tenantry.rollout_tenants set ended_at = ended_at - interval '2 hours'`);
    const rest = idsOf(await turn(id));
    expect(await turn(id, { ended: end('failed', ...rest) })).toMatchObject({ state: 'stopped' });
    await t.catalog.rollouts.retry(t.fleet.name, id);
    expect(idsOf(await turn(id))).toEqual(rest);
  });

  it("waits out the soak after the end of a wave's last tenant, whenever it looks", async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ waves: [{ size: 1, soakMs: 60_000 }, {}] });
    const canary = idsOf(await turn(id));
    const next = await turn(id, { ended: end('succeeded', ...canary) });
    expect(next.begin).toEqual([]);
    expect(next.waitMs).toBeGreaterThan(58_000);
  });

  it('enrols any number of tenants that came meanwhile', async () => {
    const id = await begun();
    await sql(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, schema_version)
       select $1, 'late-' || n, 'ready', 'ready', 'free', 'late-' || n, 'run-1', '0001_notes'
       from generate_series(1, 17000) n`,
      [t.fleet.name],
    );
    await sql('analyze tenantry.tenants');
    expect((await turn(id)).begin).toHaveLength(10);
    expect((await status(id))?.counts).toMatchObject({ waiting: 16_990 });
  });

  it('passes over a whole wave that has nothing to gain', async () => {
    await sql(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, schema_version)
       select $1, 'at-' || n, 'ready', 'ready', 'free', 'at-' || n, 'run-1', '0002_tags' from generate_series(1, 12000) n`,
      [t.fleet.name],
    );
    await tenants('zulu');
    await sql('analyze tenantry.tenants');
    const id = await begun();
    expect(idsOf(await turn(id))).toEqual(['zulu']);
    expect((await status(id))?.counts).toMatchObject({ skipped: 12_000, running: 1 });
  });
});

describe('what a person wants', () => {
  it('once it is an abort, is nothing else any more', async () => {
    await tenants('alpha');
    const id = await begun();
    const taken = await turn(id);
    await t.catalog.rollouts.want(t.fleet.name, id, 'abort');
    expect(await status(id)).toMatchObject({ state: 'aborting' });
    await t.catalog.rollouts.want(t.fleet.name, id, 'pause');
    await t.catalog.rollouts.want(t.fleet.name, id, 'run');
    await t.catalog.rollouts.retry(t.fleet.name, id);
    expect(await status(id)).toMatchObject({ state: 'aborting' });
    await turn(id, { ended: end('failed', ...idsOf(taken)) });
    expect(await status(id)).toMatchObject({ state: 'aborted' });
    await t.catalog.rollouts.retry(t.fleet.name, id);
    expect(await status(id)).toMatchObject({ state: 'aborted' });
  });

  it('ends a rollout at once by an abort where nothing runs, also where nobody looks after it', async () => {
    await tenants('alpha');
    const id = await begun();
    await t.catalog.rollouts.want(t.fleet.name, id, 'pause');
    expect(await t.catalog.rollouts.want(t.fleet.name, id, 'abort')).toMatchObject({ state: 'aborted' });
  });

  it('is seen to by the sweep where a rollout that was stopped is to be aborted', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun();
    await turn(id);
    await turn(id, { ended: end('failed', 'alpha') });
    await t.catalog.rollouts.want(t.fleet.name, id, 'abort');
    await sql(`update tenantry.rollouts set seen_at = now() - interval '1 hour'`);
    expect(await t.catalog.rollouts.idle(t.fleet.name, 60_000)).toEqual([id]);
  });

  it('to go on leaves a rollout stopped that has more failures than are allowed', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ pace: { parallel: 1 } });
    await turn(id);
    await turn(id, { ended: end('failed', 'alpha') });
    expect(await t.catalog.rollouts.want(t.fleet.name, id, 'run')).toMatchObject({ state: 'stopped' });
    expect(await t.catalog.rollouts.want(t.fleet.name, id, 'run', { maxFailures: 1 })).toMatchObject({
      state: 'running',
    });
  });

  it('as a retry leaves a rollout paused that is', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ pace: { parallel: 1, maxFailures: 5 } });
    await turn(id);
    await turn(id, { ended: end('failed', 'alpha') });
    await t.catalog.rollouts.want(t.fleet.name, id, 'pause');
    await t.catalog.rollouts.retry(t.fleet.name, id);
    expect(await status(id)).toMatchObject({ state: 'paused', counts: { failed: 0 } });
  });

  it('as a retry of one that is over is refused while another such one is under way', async () => {
    await tenants('alpha');
    const id = await begun();
    await turn(id);
    await turn(id, { ended: end('failed', 'alpha') });
    await t.catalog.rollouts.want(t.fleet.name, id, 'run', { maxFailures: 1 });
    await turn(id);
    expect(await status(id)).toMatchObject({ state: 'done' });
    const other = await begun();
    await expect(t.tenantry.fleet.get(id).then((handle) => handle.retryFailed())).rejects.toMatchObject({
      code: 'ROLLOUT_UNDER_WAY',
      rolloutId: other,
    });
  });
});

describe('a tenant that a rollout meets again', () => {
  const history = (event: string, runId: string, detail: object) =>
    sql(
      `insert into tenantry.history (fleet, tenant_id, operation, event, state, workflow_id, run_id, detail, at)
       values ($1, 'alpha', 'changePlan', $2, 'ready', 'w', $3, $4, clock_timestamp())`,
      [t.fleet.name, event, runId, JSON.stringify(detail)],
    );

  it("has not been treated by somebody else's operation, only by its own", async () => {
    await tenants('alpha');
    const id = await begun({ verb: 'changePlan', request: { plan: 'pro' }, key: 'plan' });
    await turn(id);
    await history('began', 'of a person', { plan: 'free' });
    await turn(id, { ended: end('busy', 'alpha') });
    await history('succeeded', 'of a person', { plan: 'free' });
    await turn(id);
    expect((await status(id))?.counts).toMatchObject({ waiting: 1, succeeded: 0 });
    await history('began', 'its own', { plan: 'pro', rollout: id });
    await history('succeeded', 'its own', { plan: 'pro' });
    await turn(id);
    expect(await status(id)).toMatchObject({ state: 'done', counts: { succeeded: 1 } });
  });

  it('is passed over once it was found busy for a quarter of an hour, and not for a pause', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ verb: 'changePlan', request: { plan: 'pro' }, key: 'plan' });
    const again = async (times: number) => {
      for (let look = 0; look < times; look += 1) {
        await turn(id, { ended: end('busy', 'alpha') });
        await sql('update tenantry.rollout_tenants set not_before = null where not_before is not null');
        await turn(id);
      }
    };
    await turn(id);
    await turn(id, { ended: end('busy', 'alpha') });
    await sql(
      `update tenantry.rollout_tenants set began_at = began_at - interval '1 hour', not_before = null where tenant_id = 'alpha'`,
    );
    expect(idsOf(await turn(id))).toEqual(['alpha']);
    await again(1);
    expect((await status(id))?.counts).toMatchObject({ skipped: 0 });
    await again(60);
    expect((await status(id))?.counts).toMatchObject({ skipped: 1, running: 1 });
  });
});

describe('tenants that wake', () => {
  it('stop the rollout that left them asleep, once more of them fail than it allows', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ wakeAt: new Date(Date.now() + 3_600_000) });
    await turn(id);
    await turn(id, { ended: end('asleep', 'alpha', 'bravo') });
    const writer = { fleet: t.fleet.name, id: tenantIdOf('alpha'), runId: 'migration', workflowId: 'w' };
    await t.catalog.operations.begin(writer, 'migrate', {}, { seenClosed: 'run-1' });
    await t.catalog.operations.fail(writer, 'migrate', { type: 'MigrationFailed', message: 'no' }, true);
    expect(await status(id)).toMatchObject({ state: 'stopped', counts: { failed: 1, asleep: 1 } });
    const sleeper = { fleet: t.fleet.name, id: tenantIdOf('bravo') };
    expect(await t.catalog.rollouts.sleeper(sleeper)).toBeUndefined();
  });
});

describe("a tenant's record", () => {
  it('has the rollouts that meant it, and what became of it there', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ pace: { maxFailures: 5 } });
    await turn(id);
    await turn(id, { ended: end('failed', 'alpha') });
    const { rollouts } = await t.tenantry.exportRecord('alpha');
    expect(rollouts).toEqual([
      {
        ...{ rollout: id, verb: 'migrate', request: { to: '0002_tags' }, wave: 0, state: 'failed' },
        reason: { type: 'MigrationFailed', message: 'no' },
        ...{ createdAt: expect.any(String), beganAt: expect.any(String), endedAt: expect.any(String) },
      },
    ]);
    expect((await t.tenantry.exportRecord('bravo')).rollouts).toMatchObject([
      { state: 'running', reason: null, endedAt: null },
    ]);
  });
});

describe('an erased tenant', () => {
  it('is in no rollout any more, nor what it failed of', async () => {
    await tenants('alpha', 'bravo');
    const id = await begun({ pace: { maxFailures: 5 } });
    await turn(id);
    await turn(id, { ended: [...end('failed', 'alpha'), ...end('succeeded', 'bravo')] });
    await sql(`update tenantry.tenants set state = 'failed' where id = 'alpha'`);
    const writer = { fleet: t.fleet.name, id: tenantIdOf('alpha'), runId: 'erase', workflowId: 'w' };
    await t.catalog.operations.begin(writer, 'erase', {}, { seenClosed: 'run-1' });
    await t.catalog.operations.succeed(writer, 'erase', { detail: {} });
    expect(await sql(`select 1 from tenantry.rollout_tenants where tenant_id = 'alpha'`)).toEqual([]);
    expect((await status(id))?.counts).toMatchObject({ failed: 0, succeeded: 1 });
  });
});
