import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../local/free-port.js';
import { neededPackages, releaseOf } from '../../local/needed-packages.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { eventually } from '../support/eventually.js';
import { longForm, more } from '../support/long-form.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { startTenantry } from '../support/tenantry.js';
import { type InstalledPackage, installPackage, npmInstall } from './installed-package.js';

const minutes = 60_000;
const tenants = ['ada', 'blaise', 'charles', 'donald', 'edsger'];

let project: InstalledPackage;

beforeAll(async () => {
  project = await installPackage(inject('ground').toolchain);
}, 10 * minutes);

afterAll(() => project.remove());

/** In a process of its own, as a program of the project's. */
const program = (text: string) => project.run('node', '--input-type=module', '-e', text);

describe('the package alone, as a backend installs it', { timeout: 3 * minutes }, () => {
  it('is small, has no native module, and brings none of what other parts need', async () => {
    const { stdout: size } = await project.run('du', '-sk', 'node_modules');
    expect(Number.parseInt(size, 10)).toBeLessThan(45_000_000 / 1024);
    const files = await readdir(path.join(project.folder, 'node_modules'), { recursive: true });
    expect(files.filter((file) => /\.node$|(^|\/)binding\.gyp$/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['@temporalio/client', 'pg', '@types/pg']));
    for (const needed of Object.values(neededPackages)) {
      for (const name of needed) expect(files).not.toContain(name);
    }
  });

  it.each([
    ["import 'tenantry/worker';", 'a worker'],
    ["import 'tenantry/workflows';", 'a worker'],
    ["import 'tenantry/emulator';", 'the emulator'],
    ["import 'tenantry/aws-secrets-manager';", 'AWS Secrets Manager'],
    ["import { startTestStack } from 'tenantry/testing'; await startTestStack();", 'the local stack'],
  ] as const)('says for %s what to install', async (text, part) => {
    const { exitCode, stderr } = await program(text);
    expect(exitCode).toBe(1);
    const wanted = neededPackages[part].map((name) => `${name}@${releaseOf(name)}`).join(' ');
    expect(stderr).toContain(
      `${part} needs packages that are not installed. Install them: npm install ${wanted}\n`,
    );
    expect(stderr).not.toContain('ERR_MODULE_NOT_FOUND');
  });

  it.each([
    ['up', 'the local stack'],
    ['dev', 'the local stack'],
    ['demo', 'the local stack'],
    ['emulator', 'the emulator'],
    ['worker', 'a worker'],
    ['codec-server', 'the codec server'],
  ])('says for the command %s what to install', async (name, part) => {
    const { exitCode, stdout, stderr } = await project.run('node', inPackage('dist/cli/tenantry.js'), name);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^tenantry: ${part} needs packages .* npm install \\S+@[^\\n]+\\n$`));
  });

  it('lists, shows and checks the tenants of an installation with its command', async () => {
    const t = await startTenantry();
    try {
      const told = Object.entries(t.environment).map(([name, value]) => `${name}=${value}`);
      const tenantry = (...words: string[]) =>
        project.run('env', ...told, 'node', inPackage('dist/cli/tenantry.js'), ...words);
      expect(await tenantry('list', '--json')).toMatchObject({
        exitCode: 0,
        stdout: '{"tenants":[],"next":null}\n',
      });
      expect((await tenantry('show', 'nobody')).exitCode).toBe(3);
      expect((await tenantry('doctor')).stdout).toContain('✓ catalog');
    } finally {
      await t.stop();
    }
  });

  more(
    'has types of rows, and types that can be declared again, also where the compiler checks those of packages',
    async () => {
      const { exitCode, stdout } = await compile(['backend.ts'], '--declaration', '--outDir', 'declared');
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    },
  );

  it('has the workflows bundled, so that no worker bundles them at its start', async () => {
    const bundle = await readFile(inPackage('dist/workflow-bundle.js'), 'utf8');
    expect(bundle).toContain('onboardTenant');
  });

  it('carries the licences of the packages that are compiled in', async () => {
    const notices = await readFile(inPackage('dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['zod', 'kysely', 'commander'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });
});

describe('the package, with what the local stack needs', { timeout: 3 * minutes }, () => {
  beforeAll(async () => {
    const { stderr } = await program(
      "import { startTestStack } from 'tenantry/testing'; await startTestStack();",
    );
    await project.installMissing(stderr);
  }, 10 * minutes);

  it('onboards five tenants at once for a script of plain Node', async () => {
    const script = await readFile(path.join(project.folder, 'five-tenants.mjs'), 'utf8');
    expect(script.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
    expect(existsSync(path.join(project.folder, 'node_modules', 'tsx'))).toBe(false);

    const { exitCode, stdout, stderr } = await project.run('node', 'five-tenants.mjs');
    expect(exitCode, stderr).toBe(0);
    const steps = lastStatuses(stdout);
    expect([...steps.keys()].sort()).toEqual(tenants);
    for (const ofTenant of steps.values()) {
      expect([...ofTenant.keys()]).toEqual(
        expect.arrayContaining(['create project', 'prepare database', 'publish']),
      );
      expect(new Set(ofTenant.values())).toEqual(new Set(['done']));
    }
    // What the script started is gone with it, and what it wrote.
    expect(await readdir(project.temporary)).toEqual([]);
  });

  it('leaves nothing of a stack whose process is killed', async () => {
    const script = `
      import { startTestStack } from 'tenantry/testing';
      console.log(JSON.stringify((await startTestStack()).environment));
    `;
    const { environment: env, folder: cwd } = project;
    const child = spawn('node', ['--input-type=module', '-e', script], { env, cwd });
    const environment = z.record(z.string(), z.string()).parse(JSON.parse(await firstLine(child.stdout)));
    expect(await readdir(project.temporary)).not.toEqual([]);
    const ports = [`tcp://${environment.TEMPORAL_ADDRESS}`, `${environment.TENANTRY_CATALOG_URL}`].map(
      (address) => Number(new URL(address).port),
    );
    for (const port of ports) await expect(freePort(port)).rejects.toThrow('EADDRINUSE');

    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const port of ports) {
      await eventually(`port ${port} is free`, () => freePort(port).then(Boolean, () => false));
    }
    await eventually('its folder is gone', async () => (await readdir(project.temporary)).length === 0);
  });

  it('has a command', async () => {
    const { exitCode, stdout } = await project.run('npx', 'tenantry', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Usage: tenantry/);
    const version = await project.run('npx', 'tenantry', '--version');
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('makes a project of an empty folder, and nothing over what is there', async () => {
    const scratch = scratchFolder('tenantry-made-');
    onTestFinished(() => scratch.remove());
    const { path: folder } = scratch;
    const init = () =>
      project.runIn(folder, 'node', inPackage('dist/cli/tenantry.js'), 'init', '--name', 'shop');
    const made = await init();
    expect(made).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('made tenantry.config.mjs\n'),
    });
    expect(made.stderr).toContain('npm install');
    const again = await init();
    expect(again).toMatchObject({ exitCode: 2, stdout: '' });
    expect(again.stderr).toMatch(/^tenantry: nothing was written, .*tenantry\.config\.mjs, .*\n$/);

    // What is made is used in the long form.
    if (!longForm) return;
    const installed = await project.runIn(folder, ...npmInstall, project.tarball);
    expect(installed.exitCode, installed.stderr).toBe(0);
    const check = await project.runIn(folder, 'npx', 'tenantry', 'migrations', 'check');
    expect(check).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('0001_notes.sql') });
    const tested = await project.runIn(folder, 'npm', 'test');
    expect(tested.exitCode, tested.stdout + tested.stderr).toBe(0);
    expect(tested.stdout).toMatch(/pass 1\b/);
    // Its worker is told what it lacks, in full, and starts nothing.
    const worker = await project.runIn(folder, 'npm', 'run', 'worker');
    expect(worker.exitCode).toBe(1);
    for (const name of ['NEON_API_KEY', 'TENANTRY_CATALOG_URL']) expect(worker.stderr).toContain(name);
  });

  it("has workflows that Node can import, and that Temporal's bundler finds without what Node needs", async () => {
    const { exitCode, stdout, stderr } = await program(`
      import { writeFileSync } from 'node:fs';
      import path from 'node:path';
      import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
      import * as workflows from 'tenantry/workflows';
      writeFileSync('own-workflows.mjs', "export * from 'tenantry/workflows';");
      const logger = new DefaultLogger('WARN');
      const { code } = await bundleWorkflowCode({ workflowsPath: path.resolve('own-workflows.mjs'), logger });
      const found = Object.keys(workflows).filter((name) => code.includes('function ' + name));
      console.log(JSON.stringify({ found: found.length, all: Object.keys(workflows).length }));
    `);
    expect(exitCode, stderr).toBe(0);
    const { found, all } = z.object({ found: z.int(), all: z.int().min(20) }).parse(JSON.parse(stdout));
    expect(found).toBe(all);
  });

  it('keeps the state of its command in the current folder, out of sight of git', async () => {
    const { exitCode, stdout } = await project.run('npx', 'tenantry', 'down');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'no stack is up\n' });
    expect(await readFile(path.join(project.folder, '.tenantry', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('has types for all that it exports, and for a backend that is exact about what is optional', async () => {
    const { exitCode, stdout } = await compile(['every-export.ts', 'backend.ts'], ...exactly, '--noEmit');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    const source = await readFile(path.join(project.folder, 'every-export.ts'), 'utf8');
    for (const name of Object.keys(manifest('package.json').exports)) {
      expect(source).toContain(`from '${path.posix.join('tenantry', name)}'`);
    }
  });

  it('says what to do about a fleet in TypeScript where Node cannot read it', async () => {
    const file = path.join(project.folder, 'typed.config.ts');
    const load =
      "import { loadFleet } from 'tenantry/worker'; console.log((await loadFleet('typed.config.ts')).name);";
    const { stdout, stderr } = await project.run('node', '--input-type=module', '-e', load);
    if ('typescript' in process.features && process.features.typescript) expect(stdout).toBe('stranger\n');
    else expect(stderr).toContain(`this Node cannot read ${file}, because it is TypeScript. Write it as`);
  });

  it('has a source map for every module, and stack traces that name the source', async () => {
    const files = await packedFiles();
    const modules = files.filter((file) => file.endsWith('.js'));
    expect(modules).toContain('dist/workflows/index.js');
    // Temporal's bundler puts its map at the end of what it makes.
    const bundled = 'dist/workflow-bundle.js';
    expect(modules.filter((file) => !files.includes(`${file}.map`))).toEqual([bundled]);
    expect(await readFile(inPackage(bundled), 'utf8')).toContain('\n//# sourceMappingURL=data:');
    const fail = "import { loadFleet } from 'tenantry/worker'; await loadFleet('nowhere.mjs');";
    const { stderr } = await project.run('node', '--enable-source-maps', '--input-type=module', '-e', fail);
    expect(stderr).toMatch(/worker\/load-fleet\.ts:\d+:\d+/);
  });

  it('holds what it needs, and no source, no test, no history and no path of the machine it was built on', async () => {
    const files = await packedFiles();
    expect(files).toEqual(
      expect.arrayContaining(['dist/catalog/migrations/0001_tenants.sql', 'dist/setup/requirements.txt']),
    );
    expect(
      files.filter((file) => /(?<!\.d)\.ts$|(^|\/)(test|bench|histories|node_modules)\//.test(file)),
    ).toEqual([]);
    const contents = await Promise.all(files.map((file) => readFile(inPackage(file), 'utf8')));
    expect(files.filter((_, index) => contents[index]?.includes(checkoutRoot))).toEqual([]);
  });
});

function compile(files: readonly string[], ...options: string[]) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const usual = ['--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--strict'];
  return project.run('node', tsc, ...usual, ...options, ...files);
}

/** Temporal's own declarations do not hold with the first, so it takes the second. */
const exactly = ['--exactOptionalPropertyTypes', '--skipLibCheck'];

const inPackage = (file: string) => path.join(project.folder, 'node_modules', 'tenantry', file);

async function packedFiles(): Promise<string[]> {
  const entries = await readdir(inPackage('.'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(inPackage('.'), path.join(entry.parentPath, entry.name)));
}

function manifest(file: string) {
  return z
    .object({ exports: z.record(z.string(), z.unknown()) })
    .parse(createRequire(import.meta.url)(path.join(checkoutRoot, file)));
}

/** By tenant and step, what was said of it last. */
function lastStatuses(stdout: string): Map<string, Map<string, string>> {
  const steps = new Map<string, Map<string, string>>();
  for (const line of stdout.trimEnd().split('\n')) {
    const [tenant = '', step = '', status = ''] = line.split(' | ');
    steps.set(tenant, (steps.get(tenant) ?? new Map()).set(step, status));
  }
  return steps;
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('it ended without a word');
}
