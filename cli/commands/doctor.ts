import type { Command } from 'commander';
import { examples } from '../help.js';

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check everything that a worker needs, and say how to fix what is wrong')
    .option('--json', 'print a JSON array of the checks')
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .action(async (options: { json?: true }) => (await import('../doctor/doctor.js')).doctor(options));
}
