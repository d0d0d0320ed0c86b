// The types of the package: of every module that somebody imports, and in them what they need of each other and of packages that
// are compiled in. What tsc makes, a file for a source, would need those packages, and be a third of the package.

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

/**
 * Checks the types of what is built, unless `TENANTRY_BUILD_UNCHECKED` is set, and writes those of its exports. Throws where either is wrong.
 * @param {string} checkout
 * @param {string} folder
 */
export async function declare(checkout, folder) {
  const { exports, dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(checkout, 'package.json'), 'utf8'),
  );
  const single = join(folder, 'declarations');
  compile(checkout, single);
  const external = Object.keys({ ...dependencies, ...peerDependencies });
  const types = await rollup({
    input: Object.fromEntries(
      Object.values(exports).map(({ 'tenantry-source': source }) => {
        const module = source.slice('./'.length, -'.ts'.length);
        return [module, join(single, `${module}.d.ts`)];
      }),
    ),
    external: (name) =>
      name.startsWith('node:') || external.some((each) => name === each || name.startsWith(`${each}/`)),
    plugins: [
      dts({ respectExternal: true, tsconfig: join(checkout, 'tsconfig.build.json') }),
      everyFileAModule,
    ],
    onwarn: ({ message }) => refuse(message),
  });
  await types.write({
    dir: folder,
    chunkFileNames: 'chunks/[name]-[hash].d.ts',
  });
  rmSync(single, { recursive: true });
}

/** What only adds to the global scope is no module, and may not do so. */
const everyFileAModule = {
  name: 'every-file-a-module',
  renderChunk: (code) =>
    /^(import|export)\b/m.test(code) ? null : { code: `${code}\nexport {};\n`, map: null },
};

function compile(checkout, outDir) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  // Nearly half of what it takes, where they are checked elsewhere.
  const unchecked = process.env.TENANTRY_BUILD_UNCHECKED ? ['--noCheck'] : [];
  const options = ['--outDir', outDir, ...unchecked];
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', ...options], {
    cwd: checkout,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the types do not hold; what tsc says of them is above');
}

/** It also looks for types without a name for a user; it finds those of zod, and what `test/package` finds, it does not. */
function refuse(message) {
  if (!message.includes('with no public re-export')) throw new Error(message);
}
