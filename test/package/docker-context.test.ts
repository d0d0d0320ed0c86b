import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkoutRoot } from '../../local/state-directory.js';
import { copyPackageFiles } from '../../setup/package-files.mjs';
import { scratchFolder } from '../support/scratch-folder.js';

const ignored = linesOf('.dockerignore');

function linesOf(file: string): string[] {
  return readFileSync(path.join(checkoutRoot, file), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** What Docker is given to build of: of all that there is, the names that are let in again. */
function contextFolder(): string {
  const scratch = scratchFolder('tenantry-context-');
  onTestFinished(() => scratch.remove());
  for (const line of ignored.slice(1)) {
    const name = line.slice(1);
    cpSync(path.join(checkoutRoot, name), path.join(scratch.path, name), { recursive: true });
  }
  symlinkSync(path.join(checkoutRoot, 'node_modules'), path.join(scratch.path, 'node_modules'));
  return scratch.path;
}

/** The files of the build in that folder, each as a path in it. */
function sourcesIn(folder: string) {
  const { config } = ts.readConfigFile(path.join(folder, 'tsconfig.build.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  return { files: fileNames.map((file) => path.relative(folder, file)).sort(), options };
}

describe('what the images are built of', () => {
  beforeAll(() => {
    // All that this test understands of the file's language.
    expect(ignored[0]).toBe('*');
    for (const line of ignored.slice(1)) expect(line).toMatch(/^![\w.-]+$/);
  });

  it('holds every source of the build, and all that they import', () => {
    const folder = contextFolder();
    const { files, options } = sourcesIn(folder);
    expect(files).toEqual(sourcesIn(checkoutRoot).files);
    const missing = files.flatMap((name) => {
      const file = path.join(folder, name);
      return ts
        .preProcessFile(readFileSync(file, 'utf8'))
        .importedFiles.map(({ fileName }) => fileName)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => !ts.resolveModuleName(specifier, file, options, ts.sys).resolvedModule)
        .map((specifier) => `${name} imports ${specifier}`);
    });
    expect(missing).toEqual([]);
  });

  it('holds the files that the package has besides, and what builds it', () => {
    const folder = contextFolder();
    copyPackageFiles(folder, path.join(folder, 'dist'));
    const scripts = readdirSync(path.join(folder, 'setup'));
    expect(scripts).toEqual(expect.arrayContaining(['build.mjs', 'package-files.mjs']));
  });

  it('holds what the Dockerfile names', () => {
    const folder = contextFolder();
    const named = linesOf('Dockerfile').flatMap((line) => {
      const [word, ...names] = line.split(/\s+/);
      return word === 'COPY' && !names[0]?.startsWith('--from') ? names.slice(0, -1) : [];
    });
    expect(named).toContain('package.json');
    for (const name of named)
      expect(ts.sys.fileExists(path.join(folder, name)) || name === '.', name).toBe(true);
  });

  it('holds no secret and nothing of this machine', () => {
    const letIn = ignored.slice(1).map((line) => line.slice(1));
    expect(letIn).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(\.env|\.tenantry|\.git|node_modules)$/)]),
    );
  });
});
