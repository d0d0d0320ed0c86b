import { inParallel, median } from '../figures.js';
import { plainLoop } from '../onboarding/plain-loop.js';
import { withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';
import { timed } from '../timed.js';

const defaultRuns = 5;

/** One tenant at a time, ours and the two baselines in turn, so that whatever else the machine does strikes all alike. */
const question: Question = {
  asks: 'How long does one onboarding take, and how many calls to Neon, beside a plain loop and a textbook workflow?',
  measure: ({ runs = defaultRuns, profile }) =>
    withStack({ profile }, async (stack) => {
      await inParallel(2, 2, async (n) => {
        await stack.startWorker(n === 0 ? 'ours' : 'textbook');
      });
      const loop = plainLoop(stack.dependencies, 'bench');
      const ways: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
        ours: (id) => stack.tenantry.execute.onboard({ id }),
        'plain loop': loop,
        'textbook workflow': stack.textbook,
      };
      const taken = Object.fromEntries(
        Object.keys(ways).map((name) => [name, { seconds: [] as number[], calls: [] as number[] }]),
      );
      // The first of each loads what the others find loaded.
      for (let run = 0; run <= runs; run += 1)
        for (const [at, [name, onboard]] of Object.entries(ways).entries()) {
          await stack.control.takeCalls();
          const ms = await timed(() => onboard(`t-${run}-${at}`));
          const { count } = await stack.control.takeCalls();
          if (run === 0) continue;
          taken[name]?.seconds.push(ms / 1_000);
          taken[name]?.calls.push(count);
        }
      const seconds = (name: string) => median(taken[name]?.seconds ?? []);
      const calls = (name: string) => median(taken[name]?.calls ?? []);
      return {
        table: [
          [`median of ${runs}, ${profile} emulator`, 'seconds', 'fastest', 'calls to Neon'],
          ...Object.keys(ways).map((name) => [
            name,
            seconds(name).toFixed(2),
            Math.min(...(taken[name]?.seconds ?? [])).toFixed(2),
            String(calls(name)),
          ]),
        ],
        ratios: {
          'ours / plain loop, seconds': seconds('ours') / seconds('plain loop'),
          'ours / textbook, seconds': seconds('ours') / seconds('textbook workflow'),
          'ours / plain loop, calls': calls('ours') / calls('plain loop'),
          'ours / textbook, calls': calls('ours') / calls('textbook workflow'),
        },
        figures: taken,
      };
    }),
};

export default question;
