import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { projectName } from '../../tenancy/naming.js';
import { type Act, actsOf } from '../hands/act.js';
import { whatWasKeptIsStillThere } from '../hands/auditor/kept.js';
import { sceneOf } from '../hands/auditor/scene.js';
import { runsOf } from '../hands/hands.js';
import { closed } from '../hands/outcome.js';
import { perform } from '../hands/play.js';
import { settle } from '../hands/settle.js';
import { lateMs, startWorld, type World } from '../hands/world.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { asItStands, passDays, strangersProject } from './support.js';

/** `RECONCILE_DAYS=30 npx vitest run test/reconcile/month.test.ts` plays a month; a few days are part of every run of the tests. */
const days = Number(process.env.RECONCILE_DAYS ?? 2);
const firstSeed = Number(process.env.RECONCILE_SEED ?? 7_000);

/** What is younger is left alone, and what no tenant has is kept for so long, in milliseconds. */
const timings = { reconcileAge: 300, quarantine: 1_000 };

/** A reconcile beside whatever is done that day. It may find another one at work, or a list that is not whole. */
async function reconcile({ t }: World): Promise<string> {
  try {
    const { found, mended } = await t.tenantry.reconcile.run({ apply: true, wake: true });
    return `${found} found, ${mended} mended`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A copy and a snapshot that stay for longer than the month, where the tenant can have them and has none: most of those that acts make are soon gone. */
async function leaveSomething({ t, id }: World): Promise<void> {
  const tenant = await t.tenantry.get(id);
  if (tenant?.state !== 'ready') return;
  const project = (await t.emulator.records()).find((one) => one.id === tenant.projectId);
  if (project === undefined || project.snapshots.some(({ name }) => name === 'left')) return;
  await t.tenantry.execute.snapshot(id, { name: 'left' }).catch(() => {});
  await t.tenantry.execute.branch(id, { name: 'left', ttlMs: 86_400_000 }).catch(() => {});
}

describe('a reconcile that is left on', () => {
  it(`does no harm in ${days} days of operations and faults, from seed ${firstSeed}`, async () => {
    const id = 'acme';
    const world = await startWorld(id, timings);
    const { t } = world;
    const story: string[] = [];
    const acts: Act[] = [];
    const stuck: string[] = [];
    try {
      const names = [
        projectName(t.fleet.name, tenantIdOf('globex'), 'another installation'),
        `${t.fleet.name}-shop`,
      ];
      const strangers = await Promise.all(names.map((name) => strangersProject(t, name)));
      const aside = () => Promise.all(strangers.map((one) => asItStands(t, one)));
      const untouched = await aside();
      for (let day = 0; day < days; day += 1) {
        const acting = actsOf(firstSeed + Math.floor(day / 5))[day % 5];
        if (acting === undefined) throw new Error('a sequence has five acts');
        acts.push(acting);
        const [outcome, reconciled] = await Promise.all([perform(world, acting), reconcile(world)]);
        const open = await closed(() => runsOf(world));
        stuck.push(
          ...open.map(({ type, runId }) => `day ${day}: run ${runId} of ${type} is open for too long`),
        );
        // Day by day: where a project goes later, what was lost in it goes too.
        const lost = await whatWasKeptIsStillThere(await sceneOf(t, id, world.witness));
        stuck.push(...lost.map((what) => `day ${day}: ${what}`));
        await leaveSomething(world);
        await closed(() => runsOf(world));
        await world.witness.look(t, id);
        await passDays(t, 1);
        story.push(
          `day ${day}: ${acting.operation}, ${acting.hand?.name ?? 'no hand'}: ${outcome}; reconcile: ${reconciled}`,
        );
      }
      // The last create may still come late; what is in quarantine by then goes, and nothing else does.
      await t.emulator.liftFaults();
      await world.workers.come();
      await sleep(2 * lateMs);
      for (let more = 0; more < 4; more += 1) {
        await passDays(t, 30);
        await t.sweep();
        story.push(`in the end: ${await reconcile(world)}`);
        await closed(() => runsOf(world));
      }
      const violations = [...stuck, ...(await settle(world, acts))];
      expect(violations, story.join('\n')).toEqual([]);
      expect(await aside()).toEqual(untouched);
    } finally {
      await world.stop();
    }
  }, 3_600_000);
});
