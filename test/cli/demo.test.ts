import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, onTestFinished } from 'vitest';
import { runTenantryProcess } from '../support/command-line.js';
import { compiledModule } from '../support/compiled-module.js';
import { more } from '../support/long-form.js';
import { scratchFolder } from '../support/scratch-folder.js';

more(
  'keeps its stack for other commands until Ctrl-C, if it is asked to, and nothing of it then',
  async () => {
    const scratch = scratchFolder('tenantry-demo-');
    const demo = spawn(process.execPath, [compiledModule('cli/main'), 'demo', '--keep'], {
      env: { ...process.env, TMPDIR: scratch.path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(demo, 'exit');
    onTestFinished(async () => {
      demo.kill('SIGKILL');
      await ended;
      scratch.remove();
    });
    const environment = await toldEnvironment(demo.stdout);
    expect(existsSync(environment.TENANTRY_STATE_DIR)).toBe(true);
    const shown = await runTenantryProcess(['show', 'acme', '--json'], environment);
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: 'acme', state: 'ready' });
    demo.kill('SIGINT');
    expect((await ended)[0]).toBe(0);
    expect(existsSync(environment.TENANTRY_STATE_DIR)).toBe(false);
  },
);

/** What it says that other commands need to be told. */
async function toldEnvironment(output: NodeJS.ReadableStream) {
  let said = '';
  for await (const chunk of output) {
    said += String(chunk);
    const [, home, config] =
      /export TENANTRY_STATE_DIR=(\S+) TENANTRY_CONFIG=(\S+)\n.*its faults +http\S+\n/s.exec(said) ?? [];
    if (home !== undefined && config !== undefined)
      return { TENANTRY_STATE_DIR: home, TENANTRY_CONFIG: config };
  }
  throw new Error(`the demo ended: ${said}`);
}
