import type { Command } from 'commander';
import { examples } from '../help.js';

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('onboard a tenant on a stack of its own, and kill the worker in the middle')
    .option('--keep', 'keep the stack up afterwards, until Ctrl-C')
    .addHelpText('after', examples('demo'))
    .action(async (options: { keep?: true }) => (await import('../demo.js')).demo(options));
}
