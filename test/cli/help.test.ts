import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ownCommand } from '../../local/own-command.js';
import { checkoutRoot } from '../../local/state-directory.js';
import { runTenantry } from '../support/command-line.js';
import { onTerminal } from '../support/on-terminal.js';
import { type RegisteredCommand, registeredCommands } from './command-tree.js';

const page = path.join(checkoutRoot, 'docs', 'command-line.md');

let commands: readonly RegisteredCommand[];

beforeAll(() => {
  commands = registeredCommands();
});

describe('tenantry --help', () => {
  it('says what it is, groups the commands, and shows three examples and the exit codes', async () => {
    const { stdout, stderr, exitCode } = await runTenantry(['--help'], {});
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout.replaceAll('\n', ' ')).toMatch(/gives every tenant a Neon project of its own/i);
    const headings = ['Tenants:', 'The local stack:', 'The installation:', 'Examples:', 'Exit codes:'];
    expect(stdout.split('\n').filter((line) => headings.includes(line))).toEqual(headings);
    const [, told = ''] = /^Examples:\n((?: {2}.+\n)+)/m.exec(stdout) ?? [];
    expect(told.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).toContain('0 done, 1 failed, 2 bad use, 3 not found, 4 busy, 5 cannot reach');
  });

  it('puts every command under a heading of ours', async () => {
    const { stdout } = await runTenantry(['--help'], {});
    const [, other = ''] = /^Commands:\n((?: {2}.+\n)+)/m.exec(stdout) ?? [];
    expect(other.trim().split('\n')).toEqual([expect.stringMatching(/^help /)]);
  });

  it('has a word of advice for who mistypes', async () => {
    const { stderr, exitCode } = await runTenantry(['onbord'], {});
    expect(stderr).toMatch(/Did you mean onboard\?/);
    expect(exitCode).toBe(2);
  });

  it.each([
    ['onboard acme --follow', 'Did you mean --wait?'],
    ['logs --wait', 'Did you mean --follow?'],
    ['schedule trigger nightly --wait', '(it does not wait; what became of it: '],
    ['show acme --wait', "(to wait for a tenant's operation: "],
  ])('says how one waits of `%s`, which does not know that word', async (words, hint) => {
    const { stderr, exitCode } = await runTenantry(words.split(' '), {});
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: unknown option '--(wait|follow)'\n\(/);
    expect(stderr).toContain(hint);
  });

  it('has one word for waiting: what begins something knows --wait, unless it is over at once', () => {
    const without = commands
      .filter(
        ({ group, options, hiddenOptions }) => !group && ![...options, ...hiddenOptions].includes('--wait'),
      )
      .map(({ name }) => name);
    expect(without.sort()).toEqual([...overAtOnce].sort());
  });

  it.each([
    [['branches', 'acme'], 'branch'],
    [['snapshots', 'acme'], 'snapshot'],
    [['schedules', 'apply'], 'schedule'],
    [['branch', 'remove', 'acme', 'preview'], undefined],
  ])('does not know the words %j', async (words, meant) => {
    const { stderr, stdout, exitCode } = await runTenantry(words, {});
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/unknown command/);
    if (meant !== undefined) expect(stderr).toContain(`Did you mean ${meant}?`);
  });
});

describe('each command', () => {
  it('has an example in its help', () => {
    const without = commands.filter(({ help, group }) => !group && !/^Examples:\n {2}\S/m.test(help));
    expect(without.map(({ name }) => name)).toEqual([]);
    expect(commands.length).toBeGreaterThan(10);
  });

  it('has examples that call it and no other, with options that it has', () => {
    for (const { name, help, group } of commands) {
      for (const example of examplesIn(help)) {
        // That of a group is an example of a command below it.
        const called = commands.filter((each) => `${example} `.startsWith(`${each.name} `)).at(-1);
        if (group) expect(example).toMatch(new RegExp(`^${name} `));
        else expect(called?.name, example).toBe(name);
        for (const option of example.match(/--[\w-]+/g) ?? [])
          expect(called?.options, example).toContain(option);
      }
    }
  });

  it('is told of in docs/command-line.md, with every option that it has', async () => {
    const text = await readFile(page, 'utf8');
    const sectionOf = (name: string) =>
      new RegExp(`^### \`${name}\\b.*\\n([^]*?)(?=^##|(?![^]))`, 'm').exec(text)?.[1];
    for (const { name, options } of commands) {
      const section = sectionOf(name);
      expect(section, `a heading for ${name}`).toBeDefined();
      // What all verbs of a noun take is told of with the noun.
      const [noun = ''] = name.split(' ');
      for (const option of options)
        expect(`${sectionOf(noun)}${section}`, `${name} ${option}`).toContain(option);
    }
  });
});

// At once, for doctor waits for servers that do not answer.
describe.concurrent('colours', () => {
  it('are shown on a terminal', async () => {
    expect(await onTerminal(['doctor'], nowhere)).toMatch(new RegExp(`${esc}\\[\\d+m(✓|✗|-)`));
  });

  it('are left out on a terminal where NO_COLOR is set', async () => {
    const shown = await onTerminal(['doctor'], { ...nowhere, NO_COLOR: '1' });
    expect(shown).toMatch(/✗ environment/);
    expect(shown).not.toContain(esc);
  });

  it('are left out in a pipe', async () => {
    const { stdout } = await runTenantry(['doctor'], nowhere);
    expect(stdout).toMatch(/✗ environment/);
    expect(stdout).not.toContain(esc);
  });
});

/** What shows or changes something and is done, runs until it is stopped, or starts what no command waits for. */
const overAtOnce = [
  ...['list', 'show', 'history', 'attention', 'export', 'status', 'env', 'doctor', 'logs', 'wait', 'give-up'],
  ...[
    'snapshot list',
    'branch list',
    'drill list',
    'reconcile findings',
    'reconcile quarantine',
    'builds list',
  ],
  ...['fleet report', 'fleet pause', 'fleet cost', 'fleet schema', 'reconcile release', 'builds forget'],
  ...['schedule apply', 'schedule list', 'schedule pause', 'schedule resume'],
  ...['schedule trigger', 'schedule backfill', 'events replay', 'events list'],
  ...['add', 'list', 'pause', 'resume', 'rotate', 'delete'].map((verb) => `events endpoint ${verb}`),
  ...['connect', 'branch connect', 'worker', 'dev', 'demo', 'emulator', 'codec-server', 'down'],
  ...['init', 'completion'],
];

const esc = '\u001b';

/** What doctor says here does not matter; it is what is coloured. */
const nowhere = {
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  TENANTRY_CATALOG_URL: 'postgresql://u:p@127.0.0.1:1/catalog',
  TENANTRY_SEAL_KEY: 'short:c2hvcnQ=',
};

function examplesIn(help: string): string[] {
  const [, shown = ''] = /^Examples:\n((?: {2}.+\n?)+)/m.exec(help) ?? [];
  return shown
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().slice(ownCommand.length + 1));
}
