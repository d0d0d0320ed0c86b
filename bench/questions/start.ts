import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checkoutRoot } from '../../local/state-directory.js';
import { prebuildWorkflows } from '../../setup/bundle.mjs';
import { copyPackageFiles } from '../../setup/package-files.mjs';
import { fleetFor, withCompiled } from '../compiled.js';
import { median } from '../figures.js';
import { withStack } from '../onboarding/stack.js';
import type { Question } from '../question.js';
import { measureStart, type Stage, type Start, stages } from '../start/started-worker.js';

const allowedMs = 1_500;
const defaultRuns = 7;

/** What ends with a stage. */
const parts: Readonly<Record<Stage, string>> = {
  loaded: 'Node, and the modules',
  connecting: "the fleet, Neon's key, the catalog",
  connected: 'a connection to Temporal',
  creating: 'the pace of the queue, the bundle read',
  created: 'the workers created, with the bundle in their thread',
  running: 'schedules, probes',
  task: 'the first task of a workflow',
  activity: 'the first activity',
};

/** The package is compiled as it is packed, with its prebuilt workflows. A run waits before the worker is started, and each start has one. */
const question: Question = {
  asks: 'How long does a worker take from its start to its first task, beside a bare worker of the SDK?',
  measure: ({ runs = defaultRuns }) =>
    withCompiled((compiled) =>
      withStack({ profile: 'fast' }, async ({ environment, tenantry, temporal }) => {
        copyPackageFiles(checkoutRoot, compiled);
        await prebuildWorkflows(compiled);
        const bareBundle = path.join(compiled, 'bare-bundle.js');
        const { code } = await bundleWorkflowCode({
          workflowsPath: path.join(import.meta.dirname, '../start/bare-workflow.ts'),
          logger: new DefaultLogger('WARN'),
        });
        await writeFile(bareBundle, code);
        const { TENANTRY_WORKFLOW_BUNDLE: _, ...asInstalled } = environment;
        const settings = {
          ...asInstalled,
          TENANTRY_CONFIG: await fleetFor(compiled),
          BENCH_WORKER: pathToFileURL(path.join(compiled, 'worker/index.js')).href,
          BENCH_BUNDLE: bareBundle,
        };
        const log = path.join(compiled, 'worker.log');
        const starts: Record<'ours' | 'bare', Start[]> = { ours: [], bare: [] };
        for (let run = 0; run <= runs; run += 1) {
          const common = { environment: settings, log, temporal };
          const ours = await measureStart({
            ...common,
            worker: 'ours',
            waiting: () => tenantry.start.onboard({ id: `started-${run}` }),
          }).catch((error: unknown) => {
            throw new Error(readFileSync(log, 'utf8'), { cause: error });
          });
          const bare = await measureStart({
            ...common,
            worker: 'bare',
            waiting: () =>
              temporal.workflow.start('bare', { taskQueue: 'bench-bare', workflowId: `bare-${run}` }),
          });
          // The first start of ours installs what later ones find, and both warm up the machine's files.
          if (run === 0) continue;
          starts.ours.push(ours);
          starts.bare.push(bare);
        }
        const untilTask = (of: readonly Start[]) => of.map(({ task }) => task);
        const [ours, bare] = [median(untilTask(starts.ours)), median(untilTask(starts.bare))];
        return {
          table: [
            [`median of ${runs}, ms`, 'ours', 'fastest', 'bare worker', 'fastest'],
            ...stages.map((stage, at) => [
              parts[stage],
              ...[starts.ours, starts.bare].flatMap((of) => {
                const taken = of.map(
                  (start) => start[stage] - (at === 0 ? 0 : start[stages[at - 1] ?? stage]),
                );
                return [median(taken).toFixed(0), Math.min(...taken).toFixed(0)];
              }),
            ]),
            [
              `until the first task; it may be ${allowedMs}`,
              ours.toFixed(0),
              Math.min(...untilTask(starts.ours)).toFixed(0),
              bare.toFixed(0),
              Math.min(...untilTask(starts.bare)).toFixed(0),
            ],
          ],
          ratios: { 'ours / bare': ours / bare },
          figures: starts,
          broken: ours > allowedMs ? [`a worker's first task comes after ${ours.toFixed(0)} ms`] : [],
        };
      }),
    ),
};

export default question;
