import type { Command } from 'commander';

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('onboard a tenant on a stack of its own, killing the worker in the middle')
    .action(async () => (await import('../demo.js')).demo());
}
