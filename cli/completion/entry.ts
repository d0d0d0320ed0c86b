import { type Argument, type Command, Help, type Option } from 'commander';

/** The completions after a command, as far as they are known in advance. */
export interface Entry {
  /** The words of the command, each with a space before it; empty for the program itself. */
  readonly at: string;
  /** Subcommands, and the values of arguments with a closed set. */
  readonly words: readonly Word[];
  /** The options, in their long form if there is one. */
  readonly options: readonly Word[];
  /** The values of each option that takes one, by every form of the option. */
  readonly values: readonly { readonly flag: string; readonly value: Value }[];
  /** The first argument, if it has no closed set of values. */
  readonly argument: Value;
}

export interface Word {
  readonly word: string;
  readonly description: string;
}

/** One of several words, the name of a file or a folder, or anything. */
export type Value = { readonly oneOf: readonly string[] } | 'file' | 'folder' | 'anything';

/**
 * The entries of a program and of all its commands, the program's own first. Hidden commands and options are left
 * out.
 */
export function entriesOf(program: Command, at = ''): Entry[] {
  const help = new Help();
  const commands = help.visibleCommands(program);
  const options = help.visibleOptions(program);
  const [first] = program.registeredArguments;
  const entry: Entry = {
    at,
    words: [
      ...commands.map((command) => ({ word: command.name(), description: firstLine(command.description()) })),
      ...(first?.argChoices ?? []).map((word) => ({ word, description: '' })),
    ],
    options: options.map((option) => ({
      word: option.long ?? option.short ?? '',
      description: firstLine(option.description),
    })),
    values: options.flatMap((option) => valuesOf(option)),
    argument: first === undefined ? 'anything' : valueAs(first, first.name()),
  };
  return [entry, ...commands.flatMap((command) => entriesOf(command, `${at} ${command.name()}`))];
}

function valuesOf(option: Option): Entry['values'] {
  if (!option.required && !option.optional) return [];
  const value = valueAs(option, option.flags);
  return [option.short, option.long].flatMap((flag) => (flag === undefined ? [] : [{ flag, value }]));
}

function valueAs({ argChoices }: Option | Argument, placeholder: string): Value {
  if (argChoices !== undefined) return { oneOf: argChoices };
  if (/folder|dir/i.test(placeholder)) return 'folder';
  return /file|path/i.test(placeholder) ? 'file' : 'anything';
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? '';
