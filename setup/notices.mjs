// The licences of the packages that are compiled in. They ask to go wherever the code goes.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes them into one file of the package. Throws where a package comes without its licence.
 * @param {string} checkout
 * @param {readonly string[]} packages The folders of the packages.
 * @param {string} folder
 */
export function writeNotices(checkout, packages, folder) {
  const notices = packages.map((path) => {
    const { name, version } = JSON.parse(readFileSync(join(checkout, path, 'package.json'), 'utf8'));
    const file = readdirSync(join(checkout, path)).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${name} is compiled in, and comes without a licence`);
    return `${name} ${version}\n\n${readFileSync(join(checkout, path, file), 'utf8').trim()}\n`;
  });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
}
