import { describe, expect, it } from 'vitest';
import { checkBudgets } from '../../activities/catalog/check-budgets.js';
import { createOperationDurations } from '../../activities/neon/operation-durations.js';
import { createNeonClient } from '../../neon/neon-client.js';
import { type Fleet, fleetSchema } from '../../tenancy/fleet.js';
import type { StartedBy } from '../../tenancy/started-by.js';
import { freePlan } from '../support/tenantry.js';
import { namesOf, newcomer, testCatalog } from './test-catalog.js';

const t = testCatalog();
let fleets = 0;

/** A tenant that its budget has suspended, in a month of which nothing is spent yet. */
async function stopped() {
  fleets += 1;
  const writer = newcomer(`stopped-${fleets}`);
  const { tenants, operations, budgets } = t.catalog;
  await tenants.beginOnboarding(writer, namesOf(writer));
  await operations.succeed(writer, 'onboard', { detail: {} });
  await budgets.noteStop(writer, { period: '2026-10', usd: 5, spentUsd: 5.1 });
  const budget: StartedBy = { kind: 'budget' };
  const suspending = { ...writer, runId: 'a suspension' };
  await operations.begin(suspending, 'suspend', {}, { startedBy: budget });
  await operations.succeed(suspending, 'suspend', { detail: {} });
  const free = { ...freePlan, budget: { usd: 5 } };
  const plans = { free, basic: free };
  const fleet: Fleet = fleetSchema.parse({
    name: writer.fleet,
    plans,
    metering: { neonPlan: 'launch' },
  });
  const neon = createNeonClient({ apiKey: 'none', host: 'http://127.0.0.1:9' });
  const runs = { status: () => Promise.reject(new Error('it asks Temporal nothing')) };
  const durations = createOperationDurations();
  const look = () =>
    checkBudgets({ catalog: t.catalog, fleet, neon, runs, durations })({ fleet: fleet.name });
  return { writer, look, stops: () => budgets.stops(writer.fleet) };
}

describe('a tenant that its budget has suspended', () => {
  it('is let in again in the next month', async () => {
    const { writer, look } = await stopped();
    expect((await look()).resume).toEqual([{ tenantId: writer.id }]);
  });

  it('is let in again after a repair that was under way when the month began', async () => {
    const { writer, look } = await stopped();
    const repairing = { ...writer, runId: 'a repair' };
    await t.catalog.operations.begin(repairing, 'repair', {});
    expect((await look()).resume).toEqual([]);
    await t.catalog.operations.succeed(repairing, 'repair', { detail: {} });
    expect((await look()).resume).toEqual([{ tenantId: writer.id }]);
  });

  it('stays out where a person suspends it meanwhile', async () => {
    const { writer, look, stops } = await stopped();
    const byHand = { ...writer, runId: 'by hand' };
    expect(await t.catalog.operations.begin(byHand, 'suspend', {})).toMatchObject({ kind: 'nothing-to-do' });
    expect((await look()).resume).toEqual([]);
    expect(await stops()).toEqual([]);
  });

  it('is nothing to the budget any more once a person has let it in', async () => {
    const { writer, look, stops } = await stopped();
    const resuming = { ...writer, runId: 'by hand' };
    await t.catalog.operations.begin(resuming, 'resume', {});
    await t.catalog.operations.succeed(resuming, 'resume', { detail: {} });
    expect((await look()).resume).toEqual([]);
    expect(await stops()).toEqual([]);
  });
});

describe('a tenant that has spent its budget', () => {
  it('is stopped at once also where its plan has changed in this hour, whose usage is the other plan’s', async () => {
    const { writer, look } = await stopped();
    const { operations } = t.catalog;
    const resuming = { ...writer, runId: 'a resumption' };
    await operations.begin(resuming, 'resume', {});
    await operations.succeed(resuming, 'resume', { detail: {}, change: { plan: 'basic' } });
    await t.rows(
      `insert into tenantry.usage_projects (project_id, fleet, tenant_id, plan, read_at) values ($1, $2, $3, 'basic', now())`,
      [`${writer.fleet}-1`, writer.fleet, writer.id],
    );
    await t.rows(
      `insert into tenantry.usage select $1, date_trunc('hour', now()), $2, $3, 'free', 1000000, 0, 0, 0, 0, 0, 0, 0, now()`,
      [`${writer.fleet}-1`, writer.fleet, writer.id],
    );
    expect((await look()).stop).toEqual([{ tenantId: writer.id }]);
  });
});

describe('the usage of a project', () => {
  const readFrom = async (projectId: string) =>
    (
      await t.rows(
        `select extract(epoch from date_trunc('hour', now(), 'UTC') - read_from)::integer / 3600 as hours
         from tenantry.usage_projects where project_id = $1`,
        [projectId],
      )
    )[0]?.hours;

  it('is read from the hour on in which its create was sent, whenever it was found', async () => {
    const writer = newcomer();
    const { projectName: name } = namesOf(writer);
    const { tenants, projects } = t.catalog;
    await tenants.beginOnboarding(writer, namesOf(writer));
    await projects.intend(writer, name, 'live');
    await projects.markCreatePosted(writer, name, 'aws-us-east-1', [1_000]);
    await t.rows(
      "update tenantry.projects set unanswered_since = unanswered_since - interval '3 hours' where name = $1",
      [name],
    );
    await projects.recordProject(writer, name, `${name}-found`);
    expect(await readFrom(`${name}-found`)).toBe(3);
  });

  it('is read no further back than Neon tells it', async () => {
    const writer = newcomer();
    const { projectName: name } = namesOf(writer);
    const { tenants, projects } = t.catalog;
    await tenants.beginOnboarding(writer, namesOf(writer));
    await projects.intend(writer, name, 'live');
    await projects.markCreatePosted(writer, name, 'aws-us-east-1', [1_000]);
    await t.rows(
      "update tenantry.projects set unanswered_since = unanswered_since - interval '30 days' where name = $1",
      [name],
    );
    await projects.recordProject(writer, name, `${name}-found`);
    expect(await readFrom(`${name}-found`)).toBe(167);
  });
});
