import { inParallel } from '../figures.js';
import { watchMemory } from '../fleet/memory.js';
import { plainLoop } from '../onboarding/plain-loop.js';
import { withStack } from '../onboarding/stack.js';
import { stubbedSteps } from '../onboarding/stub.js';
import { processorSeconds } from '../processor-seconds.js';
import type { Question } from '../question.js';
import { timed } from '../timed.js';

const defaultTenants = 200;
/** How many are under way at a time: enough to keep two cores busy. */
const atOnce = 50;

interface Taken {
  readonly seconds: number;
  readonly processorMs: number;
}

/** Neon and Postgres are a stub that answers at once, so what is left is Temporal, the catalog and our own code. */
const question: Question = {
  asks: 'What do an onboarding and its durability cost where Neon and Postgres take no time, and does the worker grow?',
  measure: ({ tenants = defaultTenants }) =>
    withStack({ profile: 'fast', compute: false }, async (stack) => {
      const loop = plainLoop(stack.dependencies, 'bench', stubbedSteps(stack.dependencies.catalog));
      const worker = await stack.startWorker('stubbed');
      await stack.startWorker('textbook', { BENCH_STUB: 'yes' });
      const ways: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
        'plain loop': loop,
        'textbook workflow': stack.textbook,
        ours: (id) => stack.tenantry.execute.onboard({ id }),
      };
      const taken: Record<string, Taken> = {};
      const memory: Record<string, number> = {};
      for (const [at, [name, onboard]] of Object.entries(ways).entries()) {
        const prefix = `t${at}`;
        await inParallel(10, 5, async (n) => {
          await onboard(`${prefix}-first-${n}`);
        });
        const watch = watchMemory(() => worker.pid);
        const before = processorSeconds();
        const ms = await timed(() =>
          inParallel(tenants, atOnce, async (n) => {
            await onboard(`${prefix}-${n}`);
          }),
        );
        taken[name] = {
          seconds: ms / 1_000,
          processorMs: ((processorSeconds() - before) / tenants) * 1_000,
        };
        memory[name] = watch.read().most;
        watch.stop();
      }
      const of = (name: string) => taken[name] ?? { seconds: Number.NaN, processorMs: Number.NaN };
      return {
        table: [
          [`${tenants} tenants, ${atOnce} at a time`, 'tenants a second', 'processor time each, ms'],
          ...Object.keys(ways).map((name) => [
            name,
            (tenants / of(name).seconds).toFixed(1),
            of(name).processorMs.toFixed(0),
          ]),
        ],
        ratios: {
          'ours / plain loop, processor time': of('ours').processorMs / of('plain loop').processorMs,
          'ours / textbook, processor time': of('ours').processorMs / of('textbook workflow').processorMs,
          'ours / textbook, tenants a second': of('textbook workflow').seconds / of('ours').seconds,
        },
        figures: { taken, workerMegabytes: memory.ours },
      };
    }),
};

export default question;
