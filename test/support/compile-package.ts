import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { z } from 'zod';
import { checkoutRoot } from '../../local/state-directory.js';
import { copyPackageFiles } from '../../setup/package-files.mjs';

const buildSettings = z.object({ include: z.array(z.string()) });

/**
 * Compiles the checkout into a folder laid out as the package is, without looking at types. Tests start many processes of
 * ours, and each would compile the same files again: a second of each command.
 */
export async function compilePackage(folder: string): Promise<void> {
  const { include } = buildSettings.parse(
    JSON.parse(await readFile(path.join(checkoutRoot, 'tsconfig.build.json'), 'utf8')),
  );
  const sources = await Promise.all(
    include.map(async (entry) => {
      if (entry.endsWith('.ts')) return [entry];
      const files = await readdir(path.join(checkoutRoot, entry), { recursive: true });
      return files.filter((file) => file.endsWith('.ts')).map((file) => path.join(entry, file));
    }),
  );
  await build({
    absWorkingDir: checkoutRoot,
    entryPoints: sources.flat(),
    outbase: checkoutRoot,
    outdir: folder,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  copyPackageFiles(checkoutRoot, folder);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(checkoutRoot, 'package.json'), 'utf8')));
  await writeFile(
    path.join(folder, 'package.json'),
    `${JSON.stringify({ name: 'tenantry', version, type: 'module' })}\n`,
  );
  await symlink(path.join(checkoutRoot, 'node_modules'), path.join(folder, 'node_modules'));
}
