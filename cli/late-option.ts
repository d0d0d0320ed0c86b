import type { Command, Option } from 'commander';
import { InvalidArgumentError } from 'commander';

/**
 * Adds an option whose value is only parsed once all words are read, so that its parser can be loaded then: help and
 * all other commands do without it. The parser throws `InvalidArgumentError`, as commander's own do.
 */
export function addLateOption(
  command: Command,
  option: Option,
  parse: (text: string) => Promise<unknown>,
): Command {
  const name = option.attributeName();
  return command.addOption(option).hook('preAction', async () => {
    const text: unknown = command.getOptionValue(name);
    if (typeof text !== 'string') return;
    try {
      command.setOptionValue(name, await parse(text));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      // The sentence that commander has for an option that it parses itself.
      command.error(`error: option '${option.flags}' argument '${text}' is invalid. ${error.message}`, error);
    }
  });
}
