import type { Command } from 'commander';
import { duration } from '../duration.js';
import { type OperationOptions, operate } from '../operate.js';

export function snapshotCommand(program: Command): void {
  program
    .command('snapshot <id>')
    .description("take a snapshot of a tenant's database; restore goes back to it")
    .option('--name <name>', 'lower-case letters, digits and hyphens; without it, one derived from the run')
    .option('--ttl <duration>', 'let Neon delete it after so long, such as 30d', duration)
    .option('--wait', 'wait until it is taken')
    .option('--json', 'print one JSON object')
    .action((id: string, { name, ttl, ...options }: OperationOptions & { name?: string; ttl?: number }) =>
      operate(
        (tenantry) =>
          tenantry.start.snapshot(id, {
            ...(name === undefined ? {} : { name }),
            ...(ttl === undefined ? {} : { ttlMs: ttl }),
          }),
        ({ snapshot, expiresAt }) =>
          `snapshot ${snapshot} of ${id} is taken${expiresAt === undefined ? '' : `, and kept until ${expiresAt}`}`,
        options,
      ),
    );
}
