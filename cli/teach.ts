import { styleText } from 'node:util';
import type { Command } from 'commander';
import { ownCommand } from '../local/own-command.js';
import { examples } from './examples.js';

const exitCodesTold = '0 done, 1 failed, 2 bad use, 3 not found, 4 busy, 5 cannot reach';

/** Gives the help of the program, and of each command that it has, examples; the program's tells the exit codes. */
export function teach(program: Command): void {
  program.configureHelp({ styleTitle });
  program.addHelpText('after', section('Examples:', ['up', 'onboard acme --wait', 'doctor'].map(called)));
  program.addHelpText('after', section('Exit codes:', [exitCodesTold]));
  for (const command of program.commands) teachCommand(command, command.name());
}

function teachCommand(command: Command, name: string): void {
  const shown = examples[name];
  if (shown !== undefined) command.addHelpText('after', section('Examples:', shown.map(called)));
  for (const below of command.commands) teachCommand(below, `${name} ${below.name()}`);
}

const called = (rest: string) => `${ownCommand} ${rest}`;

function section(title: string, lines: readonly string[]): string {
  return ['', styleTitle(title), ...lines.map((each) => `  ${each}`)].join('\n');
}

/** Commander takes colours out again where the terminal shows none, or `NO_COLOR` is set. */
function styleTitle(title: string): string {
  return styleText('bold', title, { validateStream: false });
}
