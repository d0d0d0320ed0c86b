import { setTimeout as sleep } from 'node:timers/promises';
import { attentionTo } from '../../client/index.js';
import { isSettled, transitionOf } from '../../tenancy/lifecycle.js';
import { ask } from '../lifecycle/ask.js';
import { whereIs } from '../support/where-is.js';
import type { Act } from './act.js';
import { audit } from './auditor/audit.js';
import { runsAbout } from './auditor/temporal-runs.js';
import type { HandName } from './hands.js';
import { closed, outcomeOf } from './outcome.js';
import type { World } from './world.js';

/** For as long the product may find and repair what is wrong, once it was asked to. */
const patienceMs = 8_000;

/**
 * Takes every hand away, has the product mend what it finds, and audits it until nothing is found or it has had its time. Only the
 * user's activities stay until it has mended: nothing of ours may wait for them.
 */
export async function settle(world: World, acts: readonly Act[]): Promise<string[]> {
  const { t, id, workers, lingering, witness } = world;
  const attentionIsFair = acts.some(({ hand }) => forAPerson.has(hand?.name));
  await t.emulator.liftFaults();
  await workers.come();
  const stuck = [...(await stillOpen(world)), ...(await repair(world, attentionIsFair))];
  lingering.letGo();
  await witness.look(t, id);
  for (const deadline = Date.now() + patienceMs; ; await sleep(500)) {
    await t.sweep();
    const found = [...stuck, ...(await audit(t, id, witness)), ...(await stands(world, attentionIsFair))];
    if (found.length === 0 || Date.now() > deadline) return found;
  }
}

async function stillOpen(world: World): Promise<string[]> {
  const open = await closed(() => runsAbout(world.t, world.id));
  return Promise.all(
    open.map(async (run) => `${run.type} is open for too long, ${await whereIs(world.t, run)}`),
  );
}

/** Nobody is left in the middle of something; to ask a person is fair only where a person took what nobody can give back. */
async function stands({ t, id }: World, attentionIsFair: boolean): Promise<string[]> {
  const tenant = await t.tenantry.get(id);
  if (tenant === undefined) return [];
  const attention = attentionTo(tenant);
  if (attentionIsFair && attention !== undefined) return [];
  if (isSettled(tenant.state) && attention === undefined) return [];
  return [`${id} is left ${tenant.state}: ${attention}`];
}

/** A project that is gone nobody can give back; who a stranger is, only a person can say. */
const forAPerson: ReadonlySet<HandName | undefined> = new Set<HandName>([
  'delete the project at Neon',
  'make a login in Postgres',
]);

/** Whatever has become of it, it can be taken down and forgotten for good. */
export async function takeDown(world: World): Promise<string[]> {
  const { t, id, witness } = world;
  const violations: string[] = [];
  for (const operation of ['offboard', 'erase'] as const) {
    const { state = 'none' } = (await t.tenantry.get(id)) ?? {};
    // There is nothing to be taken down any more, or it is on its way.
    if (state === 'none' || (operation === 'offboard' && transitionOf('erase').from.includes(state)))
      continue;
    const outcome = await outcomeOf(world, () => ask(t, id, { operation, plan: 'free' }));
    if (outcome !== 'done') violations.push(`it cannot be taken down, ${operation}: ${outcome}`);
  }
  const tenant = await t.tenantry.get(id);
  if (tenant !== undefined) return violations;
  return [...violations, ...(await audit(t, id, witness))];
}

/** The product's own mending. */
async function repair(world: World, attentionIsFair: boolean): Promise<string[]> {
  const { tenantry } = world.t;
  const { state = 'none' } = (await tenantry.get(world.id)) ?? {};
  // Of a tenant that is not there, there is nothing to repair.
  if (['none', 'failed', 'offboarded'].includes(state)) return [];
  const outcome = await outcomeOf(world, () => tenantry.start.repair(world.id));
  return outcome === 'done' || attentionIsFair ? [] : [`it cannot be repaired: ${outcome}`];
}
