import { inParallel } from '../figures.js';
import { watchMemory } from '../fleet/memory.js';
import { withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';

const defaultTenants = 1_000;
const atOnce = 50;

/** With the stub, so that many are onboarded in little time. A worker keeps runs in its cache, so it grows until that is full. */
const question: Question = {
  asks: 'How much memory has a worker after a few and after many onboardings?',
  measure: ({ tenants = defaultTenants }) =>
    withStack({ profile: 'fast', compute: false }, async (stack) => {
      const { pid } = await stack.startWorker('stubbed');
      const tenth = Math.max(1, Math.round(tenants / 10));
      const onboard = async (from: number, to: number) => {
        const watch = watchMemory(() => pid);
        await inParallel(to - from, atOnce, async (n) => {
          await stack.tenantry.execute.onboard({ id: `t-${from + n}` });
        });
        const megabytes = watch.read();
        watch.stop();
        return megabytes;
      };
      const few = await onboard(0, tenth);
      const many = await onboard(tenth, tenants);
      return {
        table: [
          ['resident memory of the worker, MB', 'at most', 'median'],
          [`in the first ${tenth}`, few.most.toFixed(0), few.median.toFixed(0)],
          [`in those up to ${tenants}`, many.most.toFixed(0), many.median.toFixed(0)],
        ],
        ratios: { 'many / few, at most': many.most / few.most },
        figures: { few, many },
      };
    }),
};

export default question;
