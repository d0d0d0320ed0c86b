import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fleetNameFor } from '../../cli/init/fleet-name.js';
import { makeProject } from '../../cli/init/make-project.js';
import { neededPackages, releaseOf } from '../../local/needed-packages.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { scratchFolder } from '../support/scratch-folder.js';

function folder(): string {
  const scratch = scratchFolder('tenantry-init-');
  onTestFinished(() => scratch.remove());
  return scratch.path;
}

const read = (...parts: string[]) => readFile(path.join(...parts), 'utf8');

const own = [
  'tenantry.config.mjs',
  'tenant-migrations/0001_notes.sql',
  'tenantry.worker.mjs',
  'test/tenantry.test.mjs',
  'docker-compose.yml',
  'docker/catalog-owner.sql',
  '.env.example',
];

describe('a project that is made', () => {
  it('in an empty folder has every file, and says which', async () => {
    const home = folder();
    const made = await makeProject(home, 'shop');
    expect(made).toEqual({
      name: 'shop',
      created: [...own, 'package.json', '.gitignore'],
      changed: [],
      keptScripts: [],
    });
    for (const file of made.created) expect(await read(home, file)).toMatch(/\n$/);
    expect(await read(home, 'tenantry.config.mjs')).toContain("name: 'shop'");
    expect(JSON.parse(await read(home, 'package.json'))).toMatchObject({
      name: 'shop',
      private: true,
      scripts: { dev: 'tenantry dev', worker: 'node --enable-source-maps tenantry.worker.mjs' },
      dependencies: { '@temporalio/worker': releaseOf('@temporalio/worker'), pino: releaseOf('pino') },
      devDependencies: { fastify: releaseOf('fastify') },
      overrides: { 'light-my-request': '~6.6.0' },
    });
  });

  it('beside what is there adds to package.json and .gitignore, and changes nothing else', async () => {
    const home = folder();
    const theirs = { pg: '^8.0.0', fastify: '^5.0.0', pino: '9.0.0' };
    const manifest = {
      name: 'mine',
      scripts: { test: 'vitest' },
      dependencies: theirs,
      odd: [1],
      overrides: { cookie: '1' },
    };
    await writeFile(path.join(home, 'package.json'), `${JSON.stringify(manifest, null, '\t')}\n`);
    await writeFile(path.join(home, '.gitignore'), '/node_modules\nsecret');
    const made = await makeProject(home, 'shop');
    expect(made).toMatchObject({ created: own, changed: ['package.json', '.gitignore'] });
    expect(made.keptScripts).toEqual([{ name: 'test', wanted: 'node --test test/*.test.mjs' }]);
    const text = await read(home, 'package.json');
    const { dependencies, devDependencies, ...others } = JSON.parse(text);
    expect(others).toEqual({
      name: 'mine',
      odd: [1],
      overrides: { cookie: '1', 'light-my-request': '~6.6.0' },
      scripts: {
        dev: 'tenantry dev',
        worker: 'node --enable-source-maps tenantry.worker.mjs',
        test: 'vitest',
      },
    });
    expect(Object.keys(dependencies).sort()).toEqual(
      [...neededPackages['a worker'], 'fastify', 'pg'].sort((a, b) => (a < b ? -1 : 1)),
    );
    expect(dependencies).toMatchObject(theirs);
    expect(Object.keys(devDependencies).sort()).toEqual(['classic-level', 'selfsigned']);
    expect(text).toContain('\n\t"name": "mine"');
    expect(await read(home, '.gitignore')).toBe('/node_modules\nsecret\n.tenantry/\n.env\n');
  });

  it('leaves package.json and .gitignore that have all of it as they are', async () => {
    const home = folder();
    const packages = Object.fromEntries(neededPackages['the local stack'].map((name) => [name, '*']));
    const manifest = JSON.stringify({
      scripts: { dev: 'x', worker: 'y', test: 'z' },
      dependencies: { ...packages, 'light-my-request': '*' },
    });
    await writeFile(path.join(home, 'package.json'), manifest);
    await writeFile(path.join(home, '.gitignore'), 'node_modules\n.tenantry\n.env');
    expect(await makeProject(home, 'shop')).toMatchObject({ created: own, changed: [] });
    expect(await read(home, 'package.json')).toBe(manifest);
    expect(await read(home, '.gitignore')).toBe('node_modules\n.tenantry\n.env');
  });

  it('is refused by name where one of its files is there, and nothing is written', async () => {
    const home = folder();
    await writeFile(path.join(home, 'docker-compose.yml'), 'mine');
    await symlink('nowhere', path.join(home, 'tenantry.worker.mjs'));
    await writeFile(path.join(home, 'test'), 'a file');
    await mkdir(path.join(home, 'tenant-migrations'));
    const before = (await readdir(home)).sort();
    await expect(makeProject(home, 'shop')).rejects.toThrow(
      /nothing was written.*: tenantry\.worker\.mjs, test, docker-compose\.yml, tenant-migrations\. Move/,
    );
    expect((await readdir(home)).sort()).toEqual(before);
    expect(await read(home, 'docker-compose.yml')).toBe('mine');
  });

  it('is refused where the folder is Tenantry’s already, by a fleet in TypeScript too', async () => {
    const home = folder();
    await writeFile(path.join(home, 'tenantry.config.ts'), '');
    await expect(makeProject(home, 'shop')).rejects.toThrow('tenantry.config.ts');
    expect(await readdir(home)).toEqual(['tenantry.config.ts']);
    const twice = folder();
    await makeProject(twice, 'shop');
    await expect(makeProject(twice, 'shop')).rejects.toThrow('tenantry.config.mjs');
  });

  it.each(['{', '[]', '{"scripts": 1}'])('is refused where package.json is %j', async (text) => {
    const home = folder();
    await writeFile(path.join(home, 'package.json'), text);
    await expect(makeProject(home, 'shop')).rejects.toThrow(/nothing was written.*package\.json/);
    expect(await readdir(home)).toEqual(['package.json']);
  });
});

describe('the name of its fleet', () => {
  it.each([
    ['/home/me/My Shop', 'my-shop'],
    ['/2nd-shop', 'nd-shop'],
    [`/${'a'.repeat(31)}-b`, 'a'.repeat(31)],
  ])('is made of the folder %s', (home, name) => expect(fleetNameFor(home, undefined)).toBe(name));

  it('is the one that is asked for, or refused', () => {
    expect(fleetNameFor('/x', 'shop')).toBe('shop');
    expect(() => fleetNameFor('/x', "it's")).toThrow(/--name.*lower-case/);
    expect(() => fleetNameFor('/123', undefined)).toThrow(/--name/);
  });
});

describe('its compose file', () => {
  interface Compose {
    readonly services: Readonly<
      Record<
        string,
        { image: string; command?: string[]; ports: string[]; environment?: Record<string, string> }
      >
    >;
  }
  const made = async (): Promise<{ home: string; compose: Compose }> => {
    const home = folder();
    await makeProject(home, 'shop');
    return { home, compose: load(await read(home, 'docker-compose.yml')) as Compose };
  };

  it('has the servers of the checkout’s own, with the same flags', async () => {
    const { compose } = await made();
    const { services } = load(await read(checkoutRoot, 'docker-compose.yml')) as Compose;
    for (const [name, { image, command = [] }] of Object.entries(compose.services)) {
      expect(image).toBe(services[name]?.image);
      const flags = (of: readonly string[]) => of.join(' ').replaceAll('=', ' ').split(' ').sort();
      expect(flags(command)).toEqual(flags(services[name]?.command ?? []));
    }
  });

  it('publishes on loopback alone, and holds no secret', async () => {
    const { home, compose } = await made();
    const all = Object.values(compose.services);
    for (const port of all.flatMap(({ ports }) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
    const { POSTGRES_USER, ...secrets } = compose.services.catalog?.environment ?? {};
    expect(POSTGRES_USER).toBe('postgres');
    const example = await read(home, '.env.example');
    for (const value of Object.values(secrets)) {
      const [, name = ''] = /^\$\{(\w+):\?/.exec(value) ?? [];
      expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
    }
  });

  it('makes the catalog’s owner as the checkout’s does', async () => {
    const { home } = await made();
    const sql = (await read(home, 'docker/catalog-owner.sql')).trim();
    expect(await read(checkoutRoot, 'setup/catalog-owner.sh')).toContain(sql);
    expect(existsSync(path.join(home, 'docker'))).toBe(true);
  });
});
