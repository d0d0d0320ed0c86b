import { Command } from 'commander';
import { vi } from 'vitest';

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

/** Every command that `cli/main.ts` registers. It is kept from running any. */
export async function registeredCommands(): Promise<RegisteredCommand[]> {
  const run = vi.spyOn(Command.prototype, 'parseAsync').mockImplementation(async function (this: Command) {
    return this;
  });
  const forget = rememberListeners();
  await import('../../cli/main.js');
  forget();
  const [program] = run.mock.contexts;
  run.mockRestore();
  if (!(program instanceof Command)) throw new Error('main.ts ran no program');
  return program.commands.flatMap((command) => below(command, command.name()));
}

/** What hears of the command's end would end this process, which is a test's. Returns what takes away all that came since. */
function rememberListeners(): () => void {
  const heard: (readonly [NodeJS.EventEmitter, string])[] = [
    [process, 'uncaughtException'],
    [process.stdout, 'error'],
    [process.stderr, 'error'],
  ];
  const before = heard.map(([of, event]) => of.listeners(event));
  return () => {
    for (const [at, [of, event]] of heard.entries())
      for (const listener of of.listeners(event))
        if (!before[at]?.includes(listener)) of.removeListener(event, listener as () => void);
  };
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
