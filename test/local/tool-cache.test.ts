import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bothUsers, postgresUsers } from '../../local/postgres-user.js';
import { toolCache } from '../../local/tool-cache.js';
import { scratch } from './fake-tools.js';

const isRoot = process.getuid?.() === 0;
const stranger = 12_345;

describe("a user's cache of binaries", () => {
  it('lies in ~/.cache, or where XDG_CACHE_HOME says', async () => {
    const home = await scratch(0o700);
    const cache = (environment: NodeJS.ProcessEnv) => toolCache({ environment, users: [] });
    expect(await cache({ HOME: home })).toBe(join(home, '.cache/tenantry'));
    const named = join(home, 'elsewhere');
    expect(await cache({ HOME: home, XDG_CACHE_HOME: named })).toBe(join(named, 'tenantry'));
    for (const said of ['', 'relative'])
      expect(await cache({ HOME: home, XDG_CACHE_HOME: said })).toBe(join(home, '.cache/tenantry'));
  });

  it('is nowhere where nothing can be made', async () => {
    const file = join(await scratch(), 'file');
    await writeFile(file, '');
    expect(await toolCache({ environment: { HOME: join(file, 'home') }, users: [] })).toBeUndefined();
  });

  it('is not one that everyone may write to', async () => {
    const caches = await scratch();
    await mkdir(join(caches, 'tenantry'));
    await chmod(join(caches, 'tenantry'), 0o777);
    expect(await toolCache({ environment: { XDG_CACHE_HOME: caches }, users: [] })).toBeUndefined();
  });

  describe.runIf(isRoot)('of root, whose Postgres runs as others', () => {
    const cache = async (home: string, outside: string) =>
      toolCache({ environment: { HOME: home }, users: bothUsers(await postgresUsers()), outside });

    it('lies in its home where they can get there, and outside where they cannot', async () => {
      const outside = await scratch();
      const open = await scratch(0o711);
      expect(await cache(open, outside)).toBe(join(open, '.cache/tenantry'));
      const closed = await scratch(0o700);
      expect(await cache(closed, outside)).toBe(outside);
      await mkdir(join(open, '.cache'), { mode: 0o700 });
      expect(await cache(open, outside)).toBe(outside);
    });

    it('is never in the home of somebody else, nor what somebody else has put there', async () => {
      const outside = await scratch();
      const theirs = await scratch(0o711);
      await chown(theirs, stranger, stranger);
      expect(await cache(theirs, outside)).toBe(outside);
      const caches = await scratch();
      await mkdir(join(caches, 'tenantry'));
      await chown(join(caches, 'tenantry'), stranger, stranger);
      const environment = { XDG_CACHE_HOME: caches };
      const users = bothUsers(await postgresUsers());
      expect(await toolCache({ environment, users, outside })).toBe(outside);
    });
  });
});
