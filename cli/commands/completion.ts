import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { entriesOf } from '../completion/entry.js';
import { fishScript } from '../completion/fish.js';
import { zshScript } from '../completion/zsh.js';
import { examples } from '../help.js';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof scripts;

export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .addArgument(new Argument('<shell>', 'the shell that the script is for').choices(Object.keys(scripts)))
    // Pressing TAB starts no process: the script contains everything.
    .addHelpText('after', examples('completion bash', 'completion fish'))
    .action((shell: Shell) => {
      process.stdout.write(scripts[shell](program.name(), entriesOf(program)));
    });
}
