import { chmod, mkdir, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findToolchain } from '../../local/toolchain/toolchain.js';
import { fakePostgres, fakeTemporal, scratch } from './fake-tools.js';

const isRoot = process.getuid?.() === 0;

describe('the search for a toolchain', () => {
  it('takes what the environment names before the PATH and the installed one', async () => {
    const root = await scratch();
    const named = await both(join(root, 'named'));
    const onPath = await both(join(root, 'path'));
    await installed(root);
    const environment = {
      TENANTRY_TEMPORAL_BIN: named.temporal,
      TENANTRY_POSTGRES_BIN: named.postgres,
      PATH: onPath.path,
    };
    expect(await findToolchain(environment, [root])).toMatchObject({
      temporal: named.temporal,
      postgres: { binDir: named.postgres },
    });
  });

  it('takes a fit one on the PATH before the installed one, and each tool by itself', async () => {
    const root = await scratch();
    const { postgres } = await installed(root);
    const temporal = await fakeTemporal(join(root, 'path'), '1.12.0');
    expect(await findToolchain({ PATH: join(root, 'path') }, [root])).toMatchObject({
      temporal,
      postgres: { binDir: postgres },
    });
  });

  it.each([
    ['an older Temporal CLI', { temporal: '1.8.3' }],
    ['a Temporal CLI of the next major version', { temporal: '2.0.0' }],
    ['an older Postgres', { version: '15.18' }],
    ['a Postgres without the vector extension', { vector: false }],
  ])('passes over %s on the PATH', async (_, { temporal, ...postgres }: Unfit) => {
    const root = await scratch();
    const fit = await installed(root);
    const unfit = await both(join(root, 'path'), { ...(temporal && { temporal }), ...postgres });
    const found = await findToolchain({ PATH: unfit.path }, [root]);
    const isOfTemporal = temporal !== undefined;
    expect(found.temporal).toBe(isOfTemporal ? fit.temporal : unfit.temporal);
    expect(found.postgres.binDir).toBe(isOfTemporal ? unfit.postgres : fit.postgres);
  });

  it('follows a link on the PATH to the folder that holds the other binaries', async () => {
    const root = await scratch();
    const { postgres } = await both(join(root, 'real'));
    const links = join(root, 'links');
    await mkdir(links);
    await symlink(join(postgres, 'postgres'), join(links, 'postgres'));
    await fakeTemporal(links);
    const found = await findToolchain({ PATH: links }, [root]);
    expect(found.postgres.binDir).toBe(postgres);
  });

  it('refuses an unfit one that the environment names, rather than run another in silence', async () => {
    const root = await scratch();
    await installed(root);
    const old = await fakePostgres(join(root, 'old'), { version: '15.18' });
    await expect(findToolchain({ TENANTRY_POSTGRES_BIN: old }, [root])).rejects.toThrow(
      `TENANTRY_POSTGRES_BIN names ${old}, which will not do: it says "postgres (PostgreSQL) 15.18"`,
    );
    await expect(findToolchain({ TENANTRY_TEMPORAL_BIN: join(root, 'nothing') }, [root])).rejects.toThrow(
      'which will not do: it does not run here',
    );
  });

  it('says what is lacking, what it passed over and the three ways to provide it', async () => {
    const root = await scratch();
    const unfit = await both(join(root, 'path'), { version: '17.2' });
    const lacking = findToolchain({ PATH: unfit.path }, [root]);
    await expect(lacking).rejects.toMatchObject({
      name: 'ToolchainMissingError',
      message: [
        'The local stack lacks:',
        '  - Postgres 18 with the vector extension',
        `    passed over ${unfit.postgres}: it says "postgres (PostgreSQL) 17.2"`,
        'Three ways to provide it:',
        '  1. node setup/setup.mjs, which fetches it with pip (Python 3, about 58 MB);',
        '  2. `postgres` on the PATH;',
        '  3. TENANTRY_POSTGRES_BIN=<the folder that holds postgres and initdb>.',
      ].join('\n'),
    });
  });

  it.runIf(isRoot)(
    'as root, names the user to drop to and passes over a Postgres out of its reach',
    async () => {
      const root = await scratch();
      const fit = await installed(root);
      const closed = await both(join(root, 'path'));
      await chmod(closed.postgres, 0o700);
      const { postgres } = await findToolchain({ PATH: closed.path }, [root]);
      expect(postgres.binDir).toBe(fit.postgres);
      expect(postgres.runAs?.uid).not.toBe(0);
    },
  );
});

interface Unfit {
  readonly temporal?: string;
  readonly version?: string;
  readonly vector?: boolean;
}

/** Both tools in one folder tree. */
async function both(folder: string, { temporal: version, ...postgresOptions }: Unfit = {}) {
  const temporal = await fakeTemporal(join(folder, 'bin'), version);
  const postgres = await fakePostgres(folder, postgresOptions);
  return { temporal, postgres, path: [join(folder, 'no-such-folder'), postgres].join(delimiter) };
}

/** Both tools where set-up puts them. */
async function installed(folder: string) {
  return {
    temporal: await fakeTemporal(join(folder, 'bin')),
    postgres: await fakePostgres(join(folder, 'embedded_postgres/pginstall')),
  };
}
