import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../local/free-port.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { eventually } from '../support/eventually.js';
import { type InstalledPackage, installPackage } from './installed-package.js';

const minutes = 60_000;
const tenants = ['ada', 'blaise', 'charles', 'donald', 'edsger'];

let project: InstalledPackage;

beforeAll(async () => {
  project = await installPackage(inject('ground').toolchain);
}, 10 * minutes);

afterAll(() => project.remove());

describe('the package, installed into an empty project', { timeout: 3 * minutes }, () => {
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

  it('keeps the state of its command in the current folder, out of sight of git', async () => {
    const { exitCode, stdout } = await project.run('npx', 'tenantry', 'down');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'no stack is up\n' });
    expect(await readFile(path.join(project.folder, '.tenantry', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('has types for all that it exports', async () => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const options = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--types', 'node'];
    const check = await project.run(
      'node',
      ...[tsc, '--noEmit', '--target', 'es2022', '--module', 'nodenext', ...options, 'every-export.ts'],
    );
    expect(check).toMatchObject({ exitCode: 0, stdout: '' });
    const source = await readFile(path.join(project.folder, 'every-export.ts'), 'utf8');
    for (const name of Object.keys(manifest('package.json').exports)) {
      expect(source).toContain(`from '${path.posix.join('tenantry', name)}'`);
    }
  });

  it('says what to do about a fleet in TypeScript where Node cannot read it', async () => {
    const file = path.join(project.folder, 'typed.config.ts');
    await writeFile(file, "export { default } from './tenantry.config.mjs';\n");
    const load =
      "import { loadFleet } from 'tenantry/worker'; console.log((await loadFleet('typed.config.ts')).name);";
    const { stdout, stderr } = await project.run('node', '--input-type=module', '-e', load);
    if ('typescript' in process.features && process.features.typescript) expect(stdout).toBe('stranger\n');
    else expect(stderr).toContain(`this Node cannot read ${file}, because it is TypeScript. Write it as`);
  });

  it('has a source map for every module, and stack traces that name the source', async () => {
    const files = await packedFiles();
    const modules = files.filter((file) => file.endsWith('.js'));
    expect(modules).toContain('dist/workflows/onboard-tenant.js');
    expect(modules.filter((file) => !files.includes(`${file}.map`))).toEqual([]);
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
