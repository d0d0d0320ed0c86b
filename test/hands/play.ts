import { setTimeout as sleep } from 'node:timers/promises';
import { TenantryError } from '../../client/errors.js';
import { attentionTo, type OperationHandle } from '../../client/index.js';
import { isSettled, transitionOf } from '../../tenancy/lifecycle.js';
import { ask } from '../lifecycle/ask.js';
import { type Act, actInWords, type LaidHand } from './act.js';
import { audit } from './auditor/audit.js';
import { isOpen, type Run, runsAbout } from './auditor/temporal-runs.js';
import { type HandName, hands, runsOf } from './hands.js';
import { startWorld, type World } from './world.js';

/** What is open for longer is stuck: longer than an absence of all workers, and all that was to be done besides. */
const stuckAfterMs = 60_000;

/** For as long the product may find and mend what is wrong, once it was asked to. */
const patienceMs = 8_000;

export interface Played {
  /** What was done, and what came of it. */
  readonly story: readonly string[];
  readonly violations: readonly string[];
}

/** Plays a sequence in a world of its own; then all is to come right, and the tenant to be taken down. */
export async function play(id: string, acts: readonly Act[]): Promise<Played> {
  const world = await startWorld(id);
  const story: string[] = [];
  const violations: string[] = [];
  try {
    for (const act of acts) {
      const outcome = await perform(world, act);
      story.push(`${actInWords(act)}: ${outcome}`);
      await closed(() => runsOf(world));
      await world.witness.look(world.t, id);
    }
    violations.push(...(await settle(world, mayAskForAttention(acts))));
    const { state = 'none' } = (await world.t.tenantry.get(id)) ?? {};
    story.push(`in the end: ${state}`);
    violations.push(...(await takeDown(world)));
    return { story, violations };
  } finally {
    await world.stop();
  }
}

/** What came of an act: of its operation, and of its hand. */
async function perform(world: World, { operation, hand }: Act): Promise<string> {
  const { t, id } = world;
  if (hand?.afterMs === undefined) {
    const laid = await lay(world, hand);
    return `${await outcomeOf(world, () => askNow())}${laid}`;
  }
  const laying = sleep(hand.afterMs).then(() => lay(world, hand));
  const outcome = await outcomeOf(world, () => askNow());
  return outcome + (await laying);

  async function askNow() {
    const plan = (await t.tenantry.get(id))?.plan === 'pro' ? 'pro' : 'free';
    return ask(t, id, { operation, plan });
  }
}

/** It came to nothing where there was nothing to lay it on. */
async function lay(world: World, hand: LaidHand | undefined): Promise<string> {
  if (hand === undefined) return '';
  try {
    await hands[hand.name](world, hand.choice);
    return '';
  } catch (error) {
    return ` (no hand: ${(error as Error).message})`;
  }
}

async function outcomeOf(world: World, start: () => Promise<OperationHandle<unknown>>): Promise<string> {
  try {
    const handle = await start();
    const ended = await Promise.race([handle.result().then(() => 'done'), sleep(stuckAfterMs, 'stuck')]);
    return ended === 'stuck' ? `stuck ${await whereOf(world, handle)}` : 'done';
  } catch (error) {
    if (error instanceof TenantryError) return `${error.code}, ${error.message}`;
    // A catalog that was cut off just now.
    return `failed, ${(error as Error).message}`;
  }
}

/** Takes every hand away, has the product mend what it finds, and audits it until nothing is found or it has had its time. */
async function settle(world: World, attentionIsFair: boolean): Promise<string[]> {
  const { t, id, workers, witness } = world;
  await t.emulator.liftFaults();
  await workers.come();
  const stuck = [...(await stillOpen(world)), ...(await repair(world, attentionIsFair))];
  await witness.look(t, id);
  for (const deadline = Date.now() + patienceMs; ; await sleep(500)) {
    const found = [...stuck, ...(await audit(t, id, witness)), ...(await stands(world, attentionIsFair))];
    if (found.length === 0 || Date.now() > deadline) return found;
  }
}

async function stillOpen(world: World): Promise<string[]> {
  const open = await closed(() => runsAbout(world.t, world.id));
  return Promise.all(
    open.map(async (run) => `${run.type} is open for too long, ${await whereOf(world, run)}`),
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

function mayAskForAttention(acts: readonly Act[]): boolean {
  return acts.some(({ hand }) => forAPerson.has(hand?.name));
}

/** Whatever has become of it, it can be taken down and forgotten for good. */
async function takeDown(world: World): Promise<string[]> {
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

/** The product's own mending, where this release has it. */
async function repair(world: World, attentionIsFair: boolean): Promise<string[]> {
  const { tenantry } = world.t;
  const { state = 'none' } = (await tenantry.get(world.id)) ?? {};
  // Of a tenant that is not there, there is nothing to mend.
  if (!canRepair(tenantry) || ['none', 'failed', 'offboarded'].includes(state)) return [];
  const outcome = await outcomeOf(world, () => tenantry.repair(world.id));
  return outcome === 'done' || attentionIsFair ? [] : [`it cannot be repaired: ${outcome}`];
}

function canRepair<T extends object>(
  tenantry: T,
): tenantry is T & { repair(id: string): Promise<OperationHandle<unknown>> } {
  return 'repair' in tenantry;
}

/** Waits until none of the runs is open; returns those that are for too long. */
async function closed(runs: () => Promise<Run[]>): Promise<Run[]> {
  for (const deadline = Date.now() + stuckAfterMs; ; await sleep(50)) {
    const open = (await runs()).filter(isOpen);
    if (open.length === 0 || Date.now() > deadline) return open;
  }
}

/** What a run waits for, in the words of the activity that failed last. */
async function whereOf(
  { t }: World,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
): Promise<string> {
  const { raw } = await t.temporal.workflow.getHandle(workflowId, runId).describe();
  const pending = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure }) =>
      `${activityType?.name}, attempt ${attempt}: ${lastFailure?.message ?? 'no failure yet'}`,
  );
  return pending.length === 0 ? 'at no activity' : `at ${pending.join('; ')}`;
}
