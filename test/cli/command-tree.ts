import { Command } from 'commander';
import { vi } from 'vitest';

export interface RegisteredCommand {
  /** The words that it is called with: `schedules apply`. */
  readonly name: string;
  readonly options: readonly string[];
  readonly help: string;
  /** Whether it is there for the commands below it only. */
  readonly group: boolean;
}

/** Every command that `cli/main.ts` registers. It is kept from running any. */
export async function registeredCommands(): Promise<RegisteredCommand[]> {
  const run = vi.spyOn(Command.prototype, 'parseAsync').mockImplementation(async function (this: Command) {
    return this;
  });
  await import('../../cli/main.js');
  const [program] = run.mock.contexts;
  run.mockRestore();
  if (!(program instanceof Command)) throw new Error('main.ts ran no program');
  return program.commands.flatMap((command) => below(command, command.name()));
}

function below(command: Command, name: string): RegisteredCommand[] {
  const own = {
    name,
    options: command.options.flatMap(({ long }) => long ?? []),
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
