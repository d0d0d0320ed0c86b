import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { beginInstallation, clearAbandoned } from '../../local/partial-installation.js';
import { ownIdentity } from '../../local/process-identity.js';
import { noteOwner } from '../../setup/owned-folder.mjs';
import { scratch } from './fake-tools.js';

const tool = (folder: string) => readFile(join(folder, 'tool'), 'utf8');

async function filled(target: string, content: string) {
  const partial = await beginInstallation(target);
  await mkdir(partial.folder);
  await writeFile(join(partial.folder, 'tool'), content);
  return partial;
}

it('leaves what another one has put in place meanwhile, and nothing of its own', async () => {
  const home = await scratch();
  const target = join(home, 'toolchain');
  const [first, second] = [await filled(target, 'first'), await filled(target, 'second')];
  for (const each of [first, second]) await each.putInPlace(async () => true);
  expect(await tool(target)).toBe('first');
  for (const each of [first, second]) await each.remove();
  expect(await readdir(home)).toEqual(['toolchain']);
});

it('takes the place of one that does not serve', async () => {
  const target = join(await scratch(), 'toolchain');
  await mkdir(target);
  await writeFile(join(target, 'tool'), 'broken');
  await (await filled(target, 'whole')).putInPlace(async () => false);
  expect(await tool(target)).toBe('whole');
});

it('clears one whose process has ended, and never that of one which may run', async () => {
  const home = await scratch();
  const target = join(home, 'toolchain');
  const own = await ownIdentity();
  await noteOwner(home);
  const { where } = JSON.parse(await readFile(join(home, 'owner.json'), 'utf8'));
  await rm(join(home, 'owner.json'));
  const left = async (name: string, note: string, days = 0) => {
    const folder = `${target}.partial-${name}`;
    await mkdir(folder);
    await writeFile(join(folder, 'owner.json'), note);
    const at = new Date(Date.now() - days * 86_400_000);
    await utimes(folder, at, at);
  };
  await left('alive', JSON.stringify({ where, ...own }), 9);
  await left('dead', JSON.stringify({ where, pid: own.pid, started: 'before' }));
  await left('elsewhere', JSON.stringify({ where: 'another', pid: 1, started: 'once' }));
  await left('elsewhere-long-ago', JSON.stringify({ where: 'another', pid: 1, started: 'once' }), 2);
  await left('just-begun', '');
  await mkdir(`${target}-of-others`);
  await clearAbandoned(target);
  expect((await readdir(home)).sort()).toEqual([
    'toolchain-of-others',
    'toolchain.partial-alive',
    'toolchain.partial-elsewhere',
    'toolchain.partial-just-begun',
  ]);
});
