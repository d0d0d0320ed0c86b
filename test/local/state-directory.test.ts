import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bothUsers, postgresUsers, type RunAs } from '../../local/postgres-user.js';
import { makePassable, placeOfState, stateDirectory } from '../../local/state-directory.js';
import { scratch } from './fake-tools.js';

const isRoot = process.getuid?.() === 0;

describe('the state directory', () => {
  it('lies inside the checkout when Postgres runs as ourselves, however private the home', async () => {
    const home = await scratch(0o700);
    expect(await placeOfState(home, [])).toBe(join(home, '.tenantry'));
  });

  it.runIf(isRoot)('lies inside the checkout when the user Postgres drops to can get there', async () => {
    const checkout = await scratch();
    expect(await placeOfState(checkout, await droppedUsers())).toBe(join(checkout, '.tenantry'));
  });

  it.runIf(isRoot)('lies outside, one for each checkout, below a home of mode 700', async () => {
    const home = await scratch(0o700);
    const [one, other] = [join(home, 'one'), join(home, 'other')];
    await Promise.all([mkdir(one), mkdir(other)]);
    const place = (checkout: string, users: readonly RunAs[]) => placeOfState(checkout, users, '/outside');
    const users = await droppedUsers();
    expect(await place(one, users)).toMatch(/^\/outside\/[0-9a-f]{12}$/);
    expect(await place(one, users)).toBe(await place(one, users));
    expect(await place(one, users)).not.toBe(await place(other, users));
  });

  it('can be passed through by everyone and listed by its owner alone, whatever the umask', async () => {
    const outside = join(await scratch(), 'lib');
    const umask = process.umask(0o077);
    onTestFinished(() => void process.umask(umask));
    const folder = await makePassable(join(outside, 'abc'));
    expect(await modeOf(outside)).toBe(0o711);
    expect(await modeOf(folder)).toBe(0o711);
  });

  it('is opened when an earlier run left it closed', async () => {
    const folder = await scratch(0o700);
    await makePassable(folder);
    expect(await modeOf(folder)).toBe(0o711);
  });

  it('is taken out of the hands of others, or refused where it is meant for everyone', async () => {
    const own = await scratch(0o777);
    await makePassable(own);
    expect(await modeOf(own)).toBe(0o711);
    const everyones = await scratch(0o1777);
    await expect(makePassable(everyones)).rejects.toThrow('name a folder below it');
    expect(await modeOf(everyones)).toBe(0o777);
    expect(await modeOf(await makePassable(join(everyones, 'state')))).toBe(0o711);
  });

  it.skipIf(isRoot)('says whose it is when another user made it', async () => {
    const parent = await scratch();
    await chmod(await makePassable(join(parent, 'state')), 0o555);
    await expect(makePassable(join(parent, 'state'))).rejects.toThrow('belongs to another user');
  });

  it('exists once asked for', async () => {
    expect((await stat(await stateDirectory())).isDirectory()).toBe(true);
  });
});

async function droppedUsers(): Promise<readonly RunAs[]> {
  const users = bothUsers(await postgresUsers());
  if (users.length === 0) throw new Error('Root has users to drop to.');
  return users;
}

async function modeOf(folder: string): Promise<number> {
  return (await stat(folder)).mode & 0o777;
}
