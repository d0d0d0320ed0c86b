import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRunningStack, isAlive } from '../../local/running-stack.js';
import { runTenantry } from '../support/command-line.js';
import { type ScratchFolder, scratchFolder } from '../support/scratch-folder.js';

let scratch: ScratchFolder;

beforeAll(() => {
  scratch = scratchFolder('tenantry-stack-');
});

afterAll(async () => {
  await run('down');
  scratch.remove();
});

/** As a stranger would: nothing in the environment says where anything is. */
const run = (...args: string[]) => runTenantry(args, { TENANTRY_STATE_DIR: scratch.path });

describe('tenantry, with nothing set', () => {
  it('starts a stack for one command, and ends it with the command', async () => {
    const { stdout, exitCode } = await run('onboard', 'first', '--wait', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'first', state: 'ready' });
    expect(await findRunningStack(`${scratch.path}/stack-emulator`)).toBeUndefined();
  });

  it('does not begin what nobody would carry on', async () => {
    const { stderr, exitCode } = await run('onboard', 'alone');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/add --wait, or keep a stack up/);
  });

  it('keeps a stack up in the background, with all that was there before', async () => {
    expect((await run('up')).exitCode).toBe(0);
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject([{ id: 'first', state: 'ready' }]);
    const print = await run('connect', 'first', '--print');
    expect(print.stdout).toMatch(/^postgresql:/);
    const told = JSON.parse((await run('env', '--json')).stdout);
    expect(told).toMatchObject({
      TEMPORAL_ADDRESS: expect.stringMatching(/^127\.0\.0\.1:/),
      TENANTRY_CATALOG_URL: expect.stringMatching(/^postgres/),
      TENANTRY_SEAL_KEY: expect.stringMatching(/^local:/),
    });
    const lines = (await run('env')).stdout;
    expect(lines).toContain(`export TENANTRY_CATALOG_URL='${told.TENANTRY_CATALOG_URL}'\n`);
    const again = await run('up');
    expect(again.stderr).toContain('up already');
  });

  it('stops it when told to', async () => {
    const running = await findRunningStack(`${scratch.path}/stack-emulator`);
    expect((await run('down')).stdout).toBe('stopped\n');
    expect(isAlive(running?.pid ?? process.pid)).toBe(false);
    expect((await run('down')).stdout).toBe('no stack is up\n');
  });
});
