import { styleText } from 'node:util';
import type { Command } from 'commander';
import { ownCommand } from '../local/own-command.js';

/** For a command's help, beside its options: an example or two of calling it, without the program's own name. */
export function examples(...calls: readonly string[]): string {
  return section(
    'Examples:',
    calls.map((call) => `${ownCommand} ${call}`),
  );
}

/** The help of the program itself: where to begin, and the exit codes. Call it once every command is there. */
export function addProgramHelp(program: Command): void {
  program.configureHelp({ styleTitle });
  program.addHelpText('after', examples('up', 'onboard acme --wait', 'doctor'));
  program.addHelpText('after', section('Exit codes:', [exitCodes]));
}

const exitCodes = '0 done, 1 failed, 2 bad use, 3 not found, 4 busy, 5 cannot reach';

function section(title: string, lines: readonly string[]): string {
  return ['', styleTitle(title), ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Commander takes colours out again where the terminal shows none, or `NO_COLOR` is set. */
function styleTitle(title: string): string {
  return styleText('bold', title, { validateStream: false });
}
