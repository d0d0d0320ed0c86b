import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { fleetFile } from '../fleet-file.js';
import { examples } from '../help.js';
import { ownWorker } from '../own-worker.js';

export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description(
      "run the fleet's worker, or yours beside its file, configured by the environment, until Ctrl-C",
    )
    .addHelpText('after', examples('worker'))
    .action(async () => {
      const own = ownWorker(fleetFile());
      if (own) {
        await import(pathToFileURL(own).href);
        return;
      }
      const { createWorker } = await import('../../worker/worker-from-environment.js');
      const worker = await createWorker();
      // Temporal's runtime handles SIGTERM and SIGINT, and lets running tasks finish.
      await worker.run();
    });
}
