import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../lifecycle/ask.js';
import { type Act, actInWords, type LaidHand } from './act.js';
import { hands, runsOf } from './hands.js';
import { closed, outcomeOf } from './outcome.js';
import { settle, takeDown } from './settle.js';
import { startWorld, type World } from './world.js';

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
    violations.push(...(await settle(world, acts)));
    const { state = 'none' } = (await world.t.tenantry.get(id)) ?? {};
    story.push(`in the end: ${state}`);
    violations.push(...(await takeDown(world)));
    return { story, violations };
  } catch (error) {
    // What nobody thought of is to be seen with what led to it.
    return { story, violations: [...violations, `it cannot be played: ${(error as Error).stack}`] };
  } finally {
    await world.stop();
  }
}

/** What came of an act: of its operation, and of its hand. */
export async function perform(world: World, { operation, hand }: Act): Promise<string> {
  const { t, id } = world;
  if (hand?.afterMs === undefined) {
    const laid = await lay(world, hand);
    return `${await outcomeOf(world, askNow)}${laid}`;
  }
  const laying = sleep(hand.afterMs).then(() => lay(world, hand));
  const outcome = await outcomeOf(world, askNow);
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
