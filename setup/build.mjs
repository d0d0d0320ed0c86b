// Builds the package into dist/, laid out as the checkout is: JavaScript with source maps, the types of what it exports, and the files
// that are read when it runs. `npm pack` calls it, in a fresh clone too, so it fetches the npm packages where they are missing.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { copyPackageFiles } from './package-files.mjs';
import { installPackages, packagesInstalled } from './packages.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const dist = join(checkout, 'dist');

async function requirePackages() {
  if (packagesInstalled(checkout)) return;
  mkdirSync(join(checkout, '.tenantry'), { recursive: true });
  await withLock(join(checkout, '.tenantry/setup.lock'), async () => {
    if (!packagesInstalled(checkout)) await installPackages(checkout);
  });
}

async function build() {
  await requirePackages();
  // Nothing of an earlier build may stay behind and be packed.
  rmSync(dist, { recursive: true, force: true });
  // They are made of packages, which were perhaps not there before.
  const { declare } = await import('./declarations.mjs');
  const { bundle, prebuildWorkflows } = await import('./bundle.mjs');
  const { writeNotices } = await import('./notices.mjs');
  await declare(checkout, dist);
  writeNotices(checkout, await bundle(checkout, dist, [], { merged: true }), dist);
  copyPackageFiles(checkout, dist);
  await prebuildWorkflows(dist);
}

try {
  await build();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
