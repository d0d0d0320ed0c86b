import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';

let scratch: ScratchFolder;

beforeAll(() => {
  scratch = scratchFolder('tenantry-completion-');
});

afterAll(() => scratch.remove());

async function scriptFor(shell: string): Promise<string> {
  const { stdout, exitCode } = await runTenantry(['completion', shell], {});
  expect(exitCode).toBe(0);
  const file = path.join(scratch.path, `completion.${shell}`);
  await writeFile(file, stdout);
  return file;
}

describe('completion in bash', () => {
  let script: string;

  beforeAll(async () => {
    script = await scriptFor('bash');
  });

  /** What bash offers for the last of these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const { stdout } = await promisify(execFile)(
      'bash',
      [
        '-c',
        `source "$0" && [[ $(complete -p tenantry) == *_tenantry* ]] || exit 1
         COMP_WORDS=(tenantry "$@"); COMP_CWORD=$#
         _tenantry; printf '%s\\n' "\${COMPREPLY[@]}"`,
        script,
        ...words,
      ],
      { cwd: scratch.path },
    );
    return stdout.split('\n').filter(Boolean);
  }

  it('offers the commands, and those alone that begin as the word does', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['onboard', 'list', 'doctor', 'completion']));
    expect(await offered('onb')).toEqual(['onboard']);
  });

  it("offers a command's options", async () => {
    expect(await offered('onboard', 'acme', '--')).toEqual(
      expect.arrayContaining(['--plan', '--wait', '--json', '--help']),
    );
    expect(await offered('show', '--p')).toEqual([]);
  });

  it('offers the choices of an option, with a space or an equals sign before them', async () => {
    expect(await offered('emulator', '--profile', '')).toEqual(['fast', 'realistic']);
    expect(await offered('emulator', '--profile', '=', 'r')).toEqual(['realistic']);
    expect(await offered('emulator', '--profile', '=')).toEqual(['fast', 'realistic']);
  });

  it('offers nothing where a value is anything', async () => {
    expect(await offered('onboard', 'acme', '--plan', '')).toEqual([]);
  });

  it('offers folders where one is named', async () => {
    const folder = 'a folder';
    await promisify(execFile)('mkdir', ['-p', path.join(scratch.path, folder)]);
    expect(await offered('emulator', '--data-dir', 'a')).toEqual([folder]);
  });

  it('offers the choices of an argument', async () => {
    expect(await offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  it('offers the commands below a command, and their options', async () => {
    expect(await offered('schedule', '')).toEqual(expect.arrayContaining(['apply', 'list', 'pause']));
    expect(await offered('schedule', 'apply', '--d')).toEqual(['--dry-run']);
  });

  it('takes a tenant for no command that is called alike', async () => {
    expect(await offered('show', 'onboard', '--')).not.toContain('--plan');
  });
});

describe('completion', () => {
  it('refuses a shell that it does not know', async () => {
    const { exitCode, stderr } = await runTenantry(['completion', 'tcsh'], {});
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/bash, zsh, fish/);
  });

  it.each(['zsh', 'fish'])('for %s holds every command and its descriptions', async (shell) => {
    const { stdout } = await runTenantry(['completion', shell], {});
    for (const word of ['onboard', 'doctor', 'schedule apply', '--data-dir', 'dry-run', 'realistic']) {
      expect(stdout).toContain(word.replace(/^--/, ''));
    }
    expect(stdout).toContain('list the tenants of the fleet');
  });

  const here = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

  it.skipIf(!here('zsh'))('for zsh is a script that zsh can read', async () => {
    await promisify(execFile)('zsh', ['-n', await scriptFor('zsh')]);
  });

  it.skipIf(!here('fish'))('for fish offers the commands in fish', async () => {
    const script = await scriptFor('fish');
    const ask = (line: string) =>
      promisify(execFile)('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`]);
    expect((await ask('tenantry onb')).stdout).toMatch(/^onboard\t/);
    expect((await ask('tenantry emulator --profile ')).stdout.split('\n').filter(Boolean).sort()).toEqual([
      'fast',
      'realistic',
    ]);
  });
});
