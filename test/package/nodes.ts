/*
 * The package on releases of Node that are not the one at hand: npm run test:nodes [-- 22 24]. Fetches each from npm, and has it import the
 * client, read a fleet in TypeScript, bring up tenants with a worker on the embedded stack, and play the demo.
 */
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { printTable } from '../../bench/figures.js';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { type InstalledPackage, installPackage, npmInstall } from './installed-package.js';

type Command = readonly [program: string, ...args: string[]];

interface Trial {
  readonly does: string;
  readonly words: Command;
  /** What it prints when all went well. */
  readonly prints: RegExp;
}

const module = (program: string): Command => ['node', '--input-type=module', '-e', program];

const trials: readonly Trial[] = [
  {
    does: 'imports tenantry/client',
    words: module(
      "const { connectTenantry } = await import('tenantry/client'); console.log(connectTenantry.name);",
    ),
    prints: /^connectTenantry$/m,
  },
  {
    does: 'reads a fleet in TypeScript',
    words: module(
      "import { loadFleet } from 'tenantry/worker'; console.log((await loadFleet('typed.config.ts')).name);",
    ),
    prints: /^stranger$/m,
  },
  {
    does: 'onboards five tenants, with a worker on the embedded stack',
    words: ['node', 'five-tenants.mjs'],
    prints: /^edsger \| publish \| done$/m,
  },
  { does: 'plays the demo', words: ['npx', 'tenantry', 'demo'], prints: /acme/ },
];

/** Says in full what it lacks. */
const startsStack = module("import { startTestStack } from 'tenantry/testing'; await startTestStack();");

const { positionals } = parseArgs({ allowPositionals: true });
const releases = positionals.length > 0 ? positionals : ['22', '24'];

const project = await installPackage(await findToolchain());
try {
  const lacking = await project.run(...startsStack);
  await project.installMissing(lacking.stderr);
  const rows: string[][] = [['Node', 'it', 'seconds', 'ended']];
  for (const release of releases) rows.push(...(await tryOn(project, release)));
  printTable(rows);
} finally {
  project.remove();
}

async function tryOn(project: InstalledPackage, release: string): Promise<string[][]> {
  const scratch = scratchFolder('tenantry-node-');
  try {
    // Postgres' user runs it too, where we are root.
    await chmod(scratch.path, 0o755);
    const name = `node-${process.platform}-${process.arch}`;
    const fetched = await project.runIn(scratch.path, ...npmInstall, `${name}@${release}`);
    if (fetched.exitCode !== 0) throw new Error(fetched.stderr);
    const binaries = path.join(scratch.path, 'node_modules', name, 'bin');
    const { stdout: version } = await project.runWith(binaries, 'node', '--version');
    const rows: string[][] = [];
    for (const { does, words, prints } of trials) {
      const begun = performance.now();
      const { exitCode, stdout, stderr } = await project.runWith(binaries, ...words);
      const seconds = (performance.now() - begun) / 1000;
      const isWell = exitCode === 0 && prints.test(stdout);
      if (!isWell) {
        process.exitCode = 1;
        process.stderr.write(`Node ${release}, ${does}: exit code ${exitCode}\n${stdout}\n${stderr}\n`);
      }
      // A warning of Node's is the first sign of what its next release takes away.
      const warned = stderr.match(/\b\w*Warning: .*/g) ?? [];
      rows.push([
        version.trim(),
        does,
        seconds.toFixed(1),
        [isWell ? 'well' : 'badly', ...warned].join('; '),
      ]);
    }
    return rows;
  } finally {
    scratch.remove();
  }
}
