import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadersIn, ownProcess } from '../../local/own-process.js';

describe('a process of our own', () => {
  it('runs the TypeScript of the checkout, from whatever folder', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...ownProcess('cli/main'), '--help'], {
      cwd: tmpdir(),
    });
    expect(stdout).toMatch(/^Usage: tenantry/);
  });

  it('is handed down how modules are found and read, and nothing else', () => {
    const given = [
      '--inspect=0',
      '--import',
      'tsx',
      '-r',
      './hook.cjs',
      '-C',
      'mine',
      '-e',
      'void 0',
      '--no-warnings',
    ];
    expect(loadersIn(given)).toEqual(
      expect.arrayContaining(['--import=tsx', '--require=./hook.cjs', '--conditions=mine']),
    );
    expect(loadersIn(given)).toHaveLength(3);
  });
});
