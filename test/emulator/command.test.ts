import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { compiledModule } from '../support/compiled-module.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { checkedClient } from './openapi.js';

const folder = scratchFolder('neon-emulator-');
afterAll(() => folder.remove());

/** Starts the command and waits for what it says; a signal ends it. */
async function command(...flags: readonly string[]) {
  const child = spawn(process.execPath, [
    compiledModule('cli/main'),
    'emulator',
    `--data-dir=${folder.path}`,
    ...flags,
  ]);
  child.stderr.resume();
  const said: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name = '', value = ''] = /^(.*?)\s{2,}(.*)$/.exec(line) ?? [];
    said[name] = value;
    if (name === 'control') break;
  }
  return {
    said,
    async signal(signal: NodeJS.Signals) {
      child.kill(signal);
      const [code] = await once(child, 'exit');
      return code as number | null;
    },
  };
}

describe('tenantry emulator', () => {
  it('tells where it is and how to get in, and stops cleanly at Ctrl-C', async () => {
    const first = await command('--no-compute', '--api-key=mine', '--profile=fast');
    const api = checkedClient(first.said.API ?? '', 'mine');
    expect((await api('POST', '/projects', { project: { name: 'kept' } })).status).toBe(201);
    expect((await api('GET', '/auth')).body.account_id).toBe(first.said.organization);
    expect(await first.signal('SIGINT')).toBe(0);

    const second = await command('--no-compute');
    const again = checkedClient(second.said.API ?? '', second.said['API key']);
    expect((await again('GET', '/projects?search=kept')).body.projects).toHaveLength(1);
    expect(await second.signal('SIGTERM')).toBe(0);
  });
});
