import { setTimeout as sleep } from 'node:timers/promises';
import { tenantWorkflowId } from '../../tenancy/naming.js';
import { releaseOf } from '../deploys/releases.js';
import type { ProjectRecord } from '../support/emulator.js';
import { withClient } from '../support/sql.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { isOpen, type Run, runsAbout } from './auditor/temporal-runs.js';
import { resetRun } from './reset-run.js';
import { absenceMs, lateMs, type World } from './world.js';

/**
 * What a person, or the world, does to an installation behind Tenantry's back. `choice` is any number: which run, which
 * role, how late. A hand that finds nothing to lay itself on throws.
 */
export type Hand = (world: World, choice: number) => Promise<void>;

export const hands = {
  async 'terminate the run'({ t, id }) {
    const open = (await runsOf({ t, id })).find(isOpen);
    if (open === undefined) throw new Error('no run is open');
    await t.temporal.workflow.getHandle(open.workflowId, open.runId).terminate('by hand');
  },
  async 'reset an earlier run'({ t, id }, choice) {
    await resetRun(t.temporal, chosen(await runsOf({ t, id }), choice));
  },
  async 'take all workers away for long'({ workers }) {
    await workers.leave();
    await sleep(absenceMs);
    await workers.come();
  },
  async 'take the plan out of the fleet for a while'({ t, id, workers }) {
    const { plan = 'free' } = (await t.tenantry.get(id)) ?? {};
    const plans = Object.fromEntries(Object.entries(t.fleet.plans).filter(([name]) => name !== plan));
    const others = { plans, defaultPlan: undefined, timings: t.fleet.timings };
    await workers.come(releaseOf(t, others));
    await sleep(1_500);
    await workers.come();
  },
  async "fill the queue with the user's activities"({ lingering }) {
    await lingering.begin();
  },
  async 'cut the connections to the catalog'({ t }) {
    for (let cut = 0; cut < 5; cut += 1) {
      await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
        client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        ),
      );
      await sleep(100);
    }
  },
  async 'delete the project at Neon'(world) {
    await world.console.deleteProject(await projectOf(world));
  },
  async 'zero the quota'(world) {
    await world.console.zeroQuota(await projectOf(world));
  },
  async 'raise the quota'(world) {
    await world.console.raiseQuota(await projectOf(world));
  },
  async 'delete the compute'(world) {
    await world.console.deleteCompute(await projectOf(world));
  },
  async 'enlarge the compute'(world) {
    await world.console.enlargeCompute(await projectOf(world));
  },
  async "reset the owner's password"(world) {
    await world.console.resetOwnerPassword(await projectOf(world));
  },
  async 'make a login in Postgres'(world) {
    await asOwner(world, [`create role stranger login`, 'grant connect on database app to stranger']);
  },
  async 'take the login away in Postgres'(world) {
    const role = new URL(await world.t.tenantry.connectionString(world.id)).username;
    await asOwner(world, [`alter role ${role} nologin password null`]);
  },
  async 'let a create come late'({ t }, choice) {
    const effect = { kind: 'late-apply', ms: lateMs + choice };
    await t.emulator.addFault({ match: { method: 'POST', path: '/projects' }, effect });
  },
  async 'let a change come late'({ t }, choice) {
    const effect = { kind: 'late-apply', ms: lateMs + choice };
    await t.emulator.addFault({ match: { method: 'PATCH', path: '/projects/*' }, effect });
  },
} as const satisfies Readonly<Record<string, Hand>>;

export type HandName = keyof typeof hands;

export const handNames = Object.keys(hands) as readonly HandName[];

/** The runs of the tenant's operations, the newest first. */
export async function runsOf({ t, id }: Pick<World, 't' | 'id'>): Promise<Run[]> {
  const workflowId = tenantWorkflowId(t.fleet.name, tenantIdOf(id));
  return (await runsAbout(t, id)).filter((run) => run.workflowId === workflowId);
}

function chosen<T>(among: readonly T[], choice: number): T {
  const one = among[choice % among.length];
  if (one === undefined) throw new Error('there is none to choose');
  return one;
}

async function projectOf({ t, id }: World): Promise<ProjectRecord> {
  const projectId = (await t.tenantry.get(id))?.projectId;
  const project = (await t.emulator.records()).find((one) => one.id === projectId);
  if (project === undefined) throw new Error('the tenant has no project');
  return project;
}

async function asOwner(world: World, statements: readonly string[]): Promise<void> {
  const owner = await world.console.ownerConnection(await projectOf(world));
  await withClient(owner, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
