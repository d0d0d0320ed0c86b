import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { checkoutRoot } from '../../local/state-directory.js';
import type { Toolchain } from '../../local/toolchain/toolchain.js';
import type { CommandResult } from '../support/command-line.js';
import { scratchFolder } from '../support/scratch-folder.js';

/** A stranger's project, with nothing in it but `test/package/project` and what npm installs of our tarball. */
export interface InstalledPackage {
  readonly folder: string;
  /** A folder for temporary files of its processes alone. */
  readonly temporary: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly tarball: string;
  /** Installs what an error says that the package needs besides, by the command that it names. */
  installMissing(sentence: string): Promise<void>;
  /** Runs a command in the project, and waits for its end. */
  run(command: string, ...args: string[]): Promise<CommandResult>;
  /** The same with a folder of programs before all others. */
  runWith(binaries: string, command: string, ...args: string[]): Promise<CommandResult>;
  /** The same in another folder. */
  runIn(folder: string, command: string, ...args: string[]): Promise<CommandResult>;
  remove(): void;
}

/** Packs the checkout and installs it as a backend does, with nothing besides. */
export async function installPackage(toolchain: Toolchain): Promise<InstalledPackage> {
  const scratch = scratchFolder('tenantry-package-');
  const tarballs = scratchFolder('tenantry-tarball-');
  const temporary = scratchFolder('tenantry-tmp-');
  const folder = scratch.path;
  // As /tmp is: the user that root's Postgres runs as makes and removes folders in it too.
  await chmod(temporary.path, 0o1777);
  const environment: NodeJS.ProcessEnv = { ...strangersEnvironment(toolchain), TMPDIR: temporary.path };
  await cp(path.join(import.meta.dirname, 'project'), folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));

  // `npm run check` checks the types.
  const building = { ...environment, TENANTRY_BUILD_UNCHECKED: '1' };
  await must(command(checkoutRoot, building, 'npm', 'pack', '--pack-destination', tarballs.path));
  const [packed = ''] = await readdir(tarballs.path);
  const tarball = path.join(tarballs.path, packed);
  await must(command(folder, environment, ...npmInstall, tarball));
  return {
    folder,
    temporary: temporary.path,
    environment,
    tarball,
    async installMissing(sentence) {
      const [, packages] = /Install them: npm install ([\w@/.^ -]+)$/m.exec(sentence) ?? [];
      if (packages === undefined) throw new Error(`no command that installs packages is in: ${sentence}`);
      await must(command(folder, environment, ...npmInstall, ...packages.split(' ')));
    },
    run: (...words) => command(folder, environment, ...words),
    runWith: (binaries, ...words) => {
      const found = [binaries, environment.PATH].join(path.delimiter);
      return command(folder, { ...environment, PATH: found }, ...words);
    },
    runIn: (elsewhere, ...words) => command(elsewhere, environment, ...words),
    remove() {
      for (const each of [scratch, tarballs, temporary]) each.remove();
    },
  };
}

export const npmInstall = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'] as const;

/** Of this process' own: the binaries, and npm's configuration. No tsx, no flag of Node's, no server that is up. */
function strangersEnvironment({ temporal, postgres }: Toolchain): NodeJS.ProcessEnv {
  const ours = /^(TENANTRY|NEON|TEMPORAL|NODE|VITEST|npm_package|npm_lifecycle)_|^npm_config_local_prefix$/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return {
    ...Object.fromEntries(kept),
    PATH: folders.filter((name) => !name.endsWith(path.join('node_modules', '.bin'))).join(path.delimiter),
    TENANTRY_TEMPORAL_BIN: temporal,
    TENANTRY_POSTGRES_BIN: postgres.binDir,
  };
}

async function command(cwd: string, env: NodeJS.ProcessEnv, ...words: string[]): Promise<CommandResult> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}

async function must(running: Promise<CommandResult>): Promise<void> {
  const { exitCode, stdout, stderr } = await running;
  if (exitCode !== 0) throw new Error(`it exits with ${exitCode}:\n${stdout}\n${stderr}`);
}
