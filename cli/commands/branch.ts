import type { Command } from 'commander';
import type { TenantBranch } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { duration } from '../duration.js';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';
import { psql } from '../psql.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';
import { waitsAnyway } from '../waits-anyway.js';

export function branchCommand(program: Command): void {
  const branch = program
    .command('branch')
    .description("create, open and delete branches of a tenant's database")
    .addHelpText(
      'after',
      examples('branch create acme incident-7 --ttl 4h --wait', 'branch connect acme incident-7'),
    );
  branch
    .command('create <id> <name>')
    .description("create a branch of a tenant's database, with a login and a time to live of its own")
    .option(
      '--ttl <duration>',
      "delete it after so long, such as 4h; without it, after the fleet's default",
      duration,
    )
    .option('--wait', 'wait until its login has logged in')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('branch create acme incident-7 --ttl 4h --wait'))
    .action(create);
  branch
    .command('list <id>')
    .description("list the copies of a tenant's database")
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('branch list acme'))
    .action(list);
  branch
    .command('connect <id> <name>')
    .description("open psql on a branch, as the branch's own role")
    .option('--print', 'print the connection string instead; it is a secret')
    .addHelpText(
      'after',
      examples('branch connect acme incident-7', 'branch connect acme incident-7 --print'),
    )
    .action(connect);
  branch
    .command('delete <id> <name>')
    .description('delete a branch before its time is up, and wait until it is gone')
    .addOption(waitsAnyway())
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('branch delete acme incident-7'))
    .action(remove);
}

interface CreateOptions extends OperationOptions {
  readonly ttl?: number;
}

function create(id: string, name: string, { ttl, ...options }: CreateOptions): Promise<void> {
  return operate(
    (tenantry) => tenantry.start.branch(id, { name, ...(ttl === undefined ? {} : { ttlMs: ttl }) }),
    ({ branch, expiresAt }) =>
      `copy ${branch} of ${id} is there until ${expiresAt}: branch connect ${id} ${branch}`,
    options,
  );
}

function list(id: string, { json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const views = (await tenantry.branches(id)).map(viewOf);
    if (json) answerJson(views);
    else if (views.length === 0) answer('no copies');
    else
      answer(
        table([
          ['branch', 'role', 'host', 'until'],
          ...views.map(({ name, role, host, expiresAt }) => [name, role, host, expiresAt ?? '']),
        ]),
      );
  });
}

/** A copy in the output of `--json`. Fields are only ever added. */
function viewOf({ name, host, role, createdAt, expiresAt }: TenantBranch) {
  return {
    name,
    host,
    role,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

function connect(id: string, name: string, { print }: { print?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const connection = await tenantry.branchConnectionString(id, name);
    if (print) answer(connection);
    else process.exitCode = await psql(connection);
  });
}

function remove(id: string, name: string, { json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    await tenantry.removeBranch(id, name);
    if (json) answerJson({ id, branch: name, removed: true });
    else answer(`copy ${name} of ${id} is gone`);
  });
}
