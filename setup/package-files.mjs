// What the package has besides what is compiled: files that are read when it runs, and are not TypeScript.

import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folders = ['catalog/migrations', 'migrations'];
const files = ['setup/requirements.txt', 'payloads/encoding-failure-converter.cjs'];

/**
 * Puts them where compiled code looks for them.
 * @param {string} checkout
 * @param {string} compiled
 */
export function copyPackageFiles(checkout, compiled) {
  for (const folder of folders) cpSync(join(checkout, folder), join(compiled, folder), { recursive: true });
  for (const file of files) {
    mkdirSync(dirname(join(compiled, file)), { recursive: true });
    copyFileSync(join(checkout, file), join(compiled, file));
  }
}
