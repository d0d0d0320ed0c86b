import type { Command } from 'commander';
import { examples } from '../help.js';

export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description("run a worker for the fleet's file, configured by the environment, until Ctrl-C")
    .addHelpText('after', examples('worker'))
    .action(async () => {
      const { createWorker } = await import('../../worker/worker-from-environment.js');
      const worker = await createWorker();
      // Temporal's runtime hears SIGTERM and SIGINT, and lets work in hand come to its end.
      await worker.run();
    });
}
