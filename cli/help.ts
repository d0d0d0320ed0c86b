import { styleText } from 'node:util';
import type { Command } from 'commander';
import { ownCommand } from '../local/own-command.js';

/** Adds one or two examples to a command's help, without the program's own name. */
export function examples(...calls: readonly string[]): string {
  return section(
    'Examples:',
    calls.map((call) => `${ownCommand} ${call}`),
  );
}

/** Adds the program's own help: where to begin, and the exit codes. Call it after all commands are added. */
export function addProgramHelp(program: Command): void {
  program.configureHelp({ styleTitle });
  program.addHelpText('after', examples('up', 'onboard acme --wait', 'doctor'));
  program.addHelpText('after', section('Exit codes:', [exitCodes]));
}

const exitCodes = '0 done, 1 failed, 2 bad use, 3 not found, 4 busy, 5 cannot reach';

function section(title: string, lines: readonly string[]): string {
  return ['', styleTitle(title), ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Commander removes colours again if the terminal has none, or `NO_COLOR` is set. */
function styleTitle(title: string): string {
  return styleText('bold', title, { validateStream: false });
}
