import { readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkoutRoot } from '../../local/state-directory.js';
import { bundle } from '../../setup/bundle.mjs';
import { copyPackageFiles } from '../../setup/package-files.mjs';

/**
 * Compiles the checkout into a folder as the package is, without looking at types. Tests start many processes of ours, and each
 * would compile the same files again: a second of each command.
 */
export async function compilePackage(folder: string): Promise<void> {
  await bundle(checkoutRoot, folder, [
    'cli/program.ts',
    'worker/load-fleet.ts',
    'activities/database/scratch-folder.ts',
  ]);
  copyPackageFiles(checkoutRoot, folder);
  const { exports: _, ...manifest } = JSON.parse(
    await readFile(path.join(checkoutRoot, 'package.json'), 'utf8'),
  );
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(manifest)}\n`);
  await symlink(path.join(checkoutRoot, 'node_modules'), path.join(folder, 'node_modules'));
}
