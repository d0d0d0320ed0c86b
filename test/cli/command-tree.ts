import type { Command } from 'commander';
import { createProgram } from '../../cli/program.js';

export interface RegisteredCommand {
  /** The words that it is called with: `schedule apply`. */
  readonly name: string;
  /** Those that its help shows. */
  readonly options: readonly string[];
  /** Those that it knows besides, as other commands name theirs. */
  readonly hiddenOptions: readonly string[];
  readonly help: string;
  /** Whether it is there for the commands below it only. */
  readonly group: boolean;
}

/** Every command, as the command line has it. */
export function registeredCommands(): RegisteredCommand[] {
  return createProgram().commands.flatMap((command) => below(command, command.name()));
}

function below(command: Command, name: string): RegisteredCommand[] {
  const longOf = (isHidden: boolean) =>
    command.options.flatMap(({ long, hidden }) => (hidden === isHidden && long != null ? [long] : []));
  const own = {
    name,
    options: longOf(false),
    hiddenOptions: longOf(true),
    help: helpOf(command),
    group: command.commands.length > 0,
  };
  return [own, ...command.commands.flatMap((each) => below(each, `${name} ${each.name()}`))];
}

/** As it is printed, with what was added behind it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (more) => {
      text += more;
    },
  });
  command.outputHelp();
  return text;
}
