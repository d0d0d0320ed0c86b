import { type Command, Option } from 'commander';
import type { EmulatorOptions } from '../emulator.js';
import { examples } from '../help.js';

export function emulatorCommand(program: Command): void {
  program
    .command('emulator')
    .description('run Neon on this machine: its API, and a Postgres for every branch')
    .option('--port <port>', 'where the API listens; by default a free port')
    .option('--data-dir <folder>', 'where everything is kept; by default .tenantry/emulator')
    .option('--api-key <key>', 'a key to accept; by default one that is made at the first start and kept')
    .addOption(new Option('--profile <profile>').choices(['fast', 'realistic']).default('realistic'))
    .option('--no-compute', 'answer everything but SQL, and run no Postgres')
    .addHelpText('after', examples('emulator', 'emulator --port 4400 --profile fast'))
    .action(async (options: EmulatorOptions) => (await import('../emulator.js')).emulator(options));
}
