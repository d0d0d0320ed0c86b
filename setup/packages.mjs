// The npm packages of package-lock.json. npm itself keeps a record of what it has laid out, written last, in
// node_modules/.package-lock.json: comparing with it also trusts an `npm ci` or `npm install` done by hand.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZE = 'about 200 MB';

export function packagesInstalled(checkout) {
  const locked = packagesOf(join(checkout, 'package-lock.json'));
  const installed = packagesOf(join(checkout, 'node_modules/.package-lock.json'));
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    // Builds for other platforms are in the lockfile, never on the disk.
    return found ? found.integrity === entry.integrity : entry.optional === true;
  });
}

export async function installPackages(checkout) {
  const count = Object.keys(packagesOf(join(checkout, 'package-lock.json'))).length;
  console.error(`Fetching the npm packages of package-lock.json (${count} entries, ${SIZE}, once) ...`);
  // Below `npm pack --dry-run` npm would only pretend, for a script inherits the options of its npm.
  const options = ['--include=dev', '--no-dry-run', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawn('npm', ['ci', ...options], {
    cwd: checkout,
    // Standard output belongs to the command that needed set-up.
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error('npm could not install the packages; its own message is above.');
}

function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}
