import { inParallel } from '../figures.js';
import { plainLoop } from '../onboarding/plain-loop.js';
import { type BenchStack, callsPerSecond, withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';
import { timed } from '../timed.js';

const defaultTenants = 100;
/** The loop has one after the other: a few tell how fast it is. */
const loopTenants = 5;

interface Taken {
  readonly tenants: number;
  readonly seconds: number;
  readonly calls: number;
  readonly refused: number;
}

/** All are asked for in the same moment. The bound is Neon's rate, divided by the calls of one onboarding alone. */
const question: Question = {
  asks: 'How many tenants a second come up when many are asked for at once, how many calls is that, and how much of the budget?',
  measure: ({ tenants = defaultTenants, profile }) =>
    withStack({ profile }, async (stack) => {
      await stack.startWorker('ours');
      await stack.tenantry.execute.onboard({ id: 'first' });
      const alone = await taken(stack, 1, () => stack.tenantry.execute.onboard({ id: 'alone' }));
      const ours = await taken(stack, tenants, () =>
        inParallel(tenants, tenants, async (n) => {
          await stack.tenantry.execute.onboard({ id: `ours-${n}` });
        }),
      );
      const loop = plainLoop(stack.dependencies, 'bench');
      await loop('loop-first');
      const plain = await taken(stack, loopTenants, () =>
        inParallel(loopTenants, 1, (n) => loop(`loop-${n}`)),
      );
      const share = ours.calls / (ours.seconds * callsPerSecond);
      const bound = callsPerSecond / (alone.calls / alone.tenants);
      const row = (name: string, of: Taken) => [
        name,
        String(of.tenants),
        of.seconds.toFixed(1),
        (of.tenants / of.seconds).toFixed(2),
        (of.calls / of.tenants).toFixed(1),
        String(of.refused),
      ];
      return {
        table: [
          [`${profile} emulator`, 'tenants', 'seconds', 'a second', 'calls each', '429s'],
          row('one alone', alone),
          row('all at once', ours),
          row('plain loop, one after the other', plain),
          ...(profile === 'realistic'
            ? [['share of the budget used', '', '', '', `${(share * 100).toFixed(0)} %`, '']]
            : []),
        ],
        ratios: {
          'at once / plain loop, tenants a second':
            ours.tenants / ours.seconds / (plain.tenants / plain.seconds),
          'at once / alone, calls each': ours.calls / ours.tenants / (alone.calls / alone.tenants),
          ...(profile === 'realistic' && {
            'at once / what the budget allows, tenants a second': ours.tenants / ours.seconds / bound,
          }),
        },
        figures: { alone, ours, plain, share },
      };
    }),
};

export default question;

async function taken({ control }: BenchStack, tenants: number, work: () => Promise<unknown>): Promise<Taken> {
  await control.takeCalls();
  const seconds = (await timed(work)) / 1_000;
  const { count, statuses } = await control.takeCalls();
  return { tenants, seconds, calls: count, refused: statuses['429'] ?? 0 };
}
