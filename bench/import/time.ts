/*
 * How long a backend waits for Tenantry when it starts, beside what it loads anyway: npm run bench:import [-- --runs 21]. The package is
 * compiled as it is packed. Ends with 1 where it is more than the 100 ms that it may be, by the clock; on a machine that does something
 * else, the time of a processor tells more.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { checkoutRoot } from '../../local/state-directory.js';
import { bundle } from '../../setup/bundle.mjs';
import { median, printTable } from '../figures.js';

const allowedMs = 100;

const takenSchema = z.object({ cpu: z.number(), clock: z.number() });
type Taken = z.infer<typeof takenSchema>;

const { runs } = z
  .object({ runs: z.coerce.number().int().min(11).default(21) })
  .parse(parseArgs({ options: { runs: { type: 'string' } } }).values);

/** Inside the checkout, so that it finds the packages. */
const compiled = path.join(checkoutRoot, '.tenantry', `import-${process.pid}`);

try {
  await bundle(checkoutRoot, compiled);
  const anyway = ['@temporalio/client', 'pg'];
  const client = pathToFileURL(path.join(compiled, 'client/index.js')).href;
  const before: Taken[] = [];
  const after: Taken[] = [];
  // In turn, so that whatever else the machine does strikes both alike.
  for (let run = 0; run < runs; run++) {
    before.push(takenToImport(anyway));
    after.push(takenToImport([...anyway, client]));
  }
  const added = median(after.map(({ clock }) => clock)) - median(before.map(({ clock }) => clock));
  printTable([
    [`median of ${runs}`, 'clock, ms', 'fastest', 'processor, ms'],
    ['@temporalio/client, pg', ...figures(before)],
    ['and tenantry/client', ...figures(after)],
  ]);
  process.stdout.write(`tenantry/client adds ${added.toFixed(0)} ms; it may add ${allowedMs}\n`);
  if (added > allowedMs) process.exitCode = 1;
} finally {
  rmSync(compiled, { recursive: true, force: true });
}

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

function figures(taken: readonly Taken[]): string[] {
  const clock = taken.map((each) => each.clock);
  const cpu = taken.map((each) => each.cpu);
  return [median(clock), Math.min(...clock), median(cpu)].map((value) => value.toFixed(0));
}
