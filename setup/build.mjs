// Builds the package into dist/: JavaScript with declarations and source maps, laid out as the checkout is, and the files
// that are read when it runs. `npm pack` calls it, in a fresh clone too, so it fetches the npm packages where they are missing.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { copyPackageFiles } from './package-files.mjs';
import { installPackages, packagesInstalled } from './packages.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const dist = join(checkout, 'dist');

if (!packagesInstalled(checkout)) {
  mkdirSync(join(checkout, '.tenantry'), { recursive: true });
  await withLock(join(checkout, '.tenantry/setup.lock'), async () => {
    if (!packagesInstalled(checkout)) await installPackages(checkout);
  });
}

// Nothing of an earlier build may stay behind and be packed.
rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: checkout,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);
copyPackageFiles(checkout, dist);
