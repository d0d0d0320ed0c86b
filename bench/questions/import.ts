import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { checkoutRoot } from '../../local/state-directory.js';
import { withCompiled } from '../compiled.js';
import { median } from '../figures.js';
import type { Question } from '../question.js';

const allowedMs = 100;
const defaultRuns = 21;

const takenSchema = z.object({ cpu: z.number(), clock: z.number() });
type Taken = z.infer<typeof takenSchema>;

/**
 * The package is compiled as it is packed. Broken where it adds more than it may, by the clock; on a machine that does something else,
 * the time of a processor tells more.
 */
const question: Question = {
  asks: 'How long does a backend wait for tenantry/client when it starts, beside what it loads anyway?',
  measure: ({ runs = defaultRuns }) =>
    withCompiled(async (compiled) => {
      const anyway = ['@temporalio/client', 'pg'];
      const client = pathToFileURL(path.join(compiled, 'client/index.js')).href;
      const before: Taken[] = [];
      const after: Taken[] = [];
      // In turn, so that whatever else the machine does strikes both alike.
      for (let run = 0; run < runs; run++) {
        before.push(takenToImport(anyway));
        after.push(takenToImport([...anyway, client]));
      }
      const clock = (taken: readonly Taken[]) => median(taken.map(({ clock }) => clock));
      const added = clock(after) - clock(before);
      return {
        table: [
          [`median of ${runs}`, 'clock, ms', 'fastest', 'processor, ms', 'fastest'],
          ['@temporalio/client, pg', ...cells(before)],
          ['and tenantry/client', ...cells(after)],
          [
            `it adds; it may add ${allowedMs} by the clock`,
            ...measures(after).map((value, at) => (value - (measures(before)[at] ?? 0)).toFixed(0)),
          ],
        ],
        ratios: { 'with / without tenantry/client': clock(after) / clock(before) },
        figures: { before, after },
        broken: added > allowedMs ? [`tenantry/client adds ${added.toFixed(0)} ms`] : [],
      };
    }),
};

export default question;

/** In a process of its own, which has loaded nothing yet. */
function takenToImport(modules: readonly string[]): Taken {
  const program = `
    const [clock, cpu] = [performance.now(), process.cpuUsage()];
    for (const module of ${JSON.stringify(modules)}) await import(module);
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ cpu: (user + system) / 1000, clock: performance.now() - clock }));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: checkoutRoot,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return takenSchema.parse(JSON.parse(stdout));
}

function cells(taken: readonly Taken[]): string[] {
  return measures(taken).map((value) => value.toFixed(0));
}

/** Median and fastest, by the clock and in processor time. */
function measures(taken: readonly Taken[]): number[] {
  return [taken.map((each) => each.clock), taken.map((each) => each.cpu)].flatMap((values) => [
    median(values),
    Math.min(...values),
  ]);
}
