// Builds the package into dist/: JavaScript with declarations and source maps, laid out as the checkout is, and the files
// that are read when it runs.

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const dist = join(checkout, 'dist');

const folders = ['catalog/migrations', 'migrations'];
const files = [
  'setup/lock.mjs',
  'setup/lock.d.mts',
  'setup/requirements.txt',
  'payloads/encoding-failure-converter.cjs',
];

// Nothing of an earlier build may stay behind and be packed.
rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: checkout,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);
for (const folder of folders) cpSync(join(checkout, folder), join(dist, folder), { recursive: true });
for (const file of files) {
  mkdirSync(dirname(join(dist, file)), { recursive: true });
  copyFileSync(join(checkout, file), join(dist, file));
}
