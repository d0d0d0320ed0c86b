import type { Command } from 'commander';
import { withBackend } from '../backend.js';
import { duration } from '../duration.js';
import { type OperationOptions, operate } from '../operate.js';
import { answer, answerJson } from '../say.js';

interface Asked extends OperationOptions {
  readonly ttl?: number;
  readonly remove?: true;
}

export function branchCommand(program: Command): void {
  program
    .command('branch <id> <name>')
    .description("make a copy of a tenant's database for support, with a login and an end of its own")
    .option(
      '--ttl <duration>',
      "delete it after so long, such as 4h; without it, after the fleet's default",
      duration,
    )
    .option('--remove', 'delete it now, and wait until it is gone')
    .option('--wait', 'wait until its login has logged in')
    .option('--json', 'print one JSON object')
    .action((id: string, name: string, { ttl, remove, ...options }: Asked) =>
      remove ? removeNow(id, name, options) : make(id, name, ttl, options),
    );
}

function make(id: string, name: string, ttlMs: number | undefined, options: OperationOptions): Promise<void> {
  return operate(
    (tenantry) => tenantry.start.branch(id, { name, ...(ttlMs === undefined ? {} : { ttlMs }) }),
    ({ branch, expiresAt }) =>
      `copy ${branch} of ${id} is there until ${expiresAt}: connect ${id} --branch ${branch}`,
    options,
  );
}

function removeNow(id: string, name: string, { json }: OperationOptions): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    await tenantry.removeBranch(id, name);
    if (json) answerJson({ id, branch: name, removed: true });
    else answer(`copy ${name} of ${id} is gone`);
  });
}
