// Makes a fresh clone able to run: npm packages, then the Temporal and Postgres binaries. Plain Node with no
// dependency, because it runs before there are any. With nothing to do it says nothing and takes a blink.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { installPackages, packagesInstalled } from './packages.mjs';
import { prepareToolchain, toolchainReady } from './toolchain.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));

function requireNode() {
  const wanted = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')).engines.node.replace(
    '>=',
    '',
  );
  const [major, minor] = wanted.split('.').map(Number);
  const [ourMajor, ourMinor] = process.versions.node.split('.').map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return;
  throw new Error(`Tenantry needs Node ${wanted} or newer; this is Node ${process.versions.node}.`);
}

async function setUp() {
  requireNode();
  if (packagesInstalled(checkout) && toolchainReady(checkout)) return;
  mkdirSync(join(checkout, '.tenantry'), { recursive: true });
  await withLock(join(checkout, '.tenantry/setup.lock'), async () => {
    // Asked again inside the lock: whoever held it before may have done the work.
    if (!packagesInstalled(checkout)) await installPackages(checkout);
    if (!toolchainReady(checkout)) await prepareToolchain(checkout);
  });
}

try {
  await setUp();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
