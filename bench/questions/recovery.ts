import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel, median } from '../figures.js';
import { withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';
import { timed } from '../timed.js';

const defaultTenants = 5;

/** The same onboardings undisturbed, and with a worker that is killed once all have begun and started again at once. */
const question: Question = {
  asks: 'How long does a worker that is killed delay the onboardings that it had in hand, and what is that made of?',
  measure: ({ tenants = defaultTenants, profile }) =>
    withStack({ profile }, async (stack) => {
      const { tenantry, control } = stack;
      const first = await stack.startWorker('ours');
      await tenantry.execute.onboard({ id: 'first' });
      const undisturbed = await timed(() =>
        inParallel(tenants, tenants, async (n) => {
          await tenantry.execute.onboard({ id: `calm-${n}` });
        }),
      );

      await control.takeCalls();
      const began = performance.now();
      const ended: number[] = [];
      const all = inParallel(tenants, tenants, async (n) => {
        await tenantry.execute.onboard({ id: `killed-${n}` });
        ended.push(performance.now());
      });
      // Each has a project by then, and waits for it.
      while (
        (await tenantry.list({ where: { idPrefix: 'killed-' } })).tenants.filter((t) => t.projectId).length <
        tenants
      )
        await sleep(20);
      const killedAt = performance.now();
      await first.stop('SIGKILL');
      await stack.startWorker('ours');
      const upAt = performance.now();
      await all;
      const seconds = (ms: number) => ms / 1_000;
      const figures = {
        undisturbedSeconds: seconds(undisturbed),
        beforeTheKillSeconds: seconds(killedAt - began),
        startOfTheWorkerSeconds: seconds(upAt - killedAt),
        fromThenOnSeconds: ended.map((at) => seconds(at - upAt)),
        wholeSeconds: seconds(Math.max(...ended) - began),
      };
      const { undisturbedSeconds, wholeSeconds } = figures;
      return {
        table: [
          [`${tenants} onboardings, ${profile} emulator`, 'seconds'],
          ['undisturbed', undisturbedSeconds.toFixed(1)],
          ['with a worker killed in the middle', wholeSeconds.toFixed(1)],
          ['· until the kill', figures.beforeTheKillSeconds.toFixed(1)],
          ['· until another worker takes work', figures.startOfTheWorkerSeconds.toFixed(1)],
          ['· from then on, the first', Math.min(...figures.fromThenOnSeconds).toFixed(1)],
          ['· from then on, median', median(figures.fromThenOnSeconds).toFixed(1)],
          ['· from then on, the last', Math.max(...figures.fromThenOnSeconds).toFixed(1)],
        ],
        ratios: { 'killed / undisturbed, seconds': wholeSeconds / undisturbedSeconds },
        figures,
      };
    }),
};

export default question;
