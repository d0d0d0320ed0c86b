import type { Command } from 'commander';
import type { KeptState, TenantSnapshot } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { duration } from '../duration.js';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';
import { waitsAnyway } from '../waits-anyway.js';

export function snapshotCommand(program: Command): void {
  const snapshot = program
    .command('snapshot')
    .description("take, list and delete snapshots of a tenant's database; restore goes back to one")
    .addHelpText('after', examples('snapshot create acme --name before-import --wait', 'snapshot list acme'));
  snapshot
    .command('create <id>')
    .description("take a snapshot of a tenant's database; restore goes back to it")
    .option('--name <name>', 'lower-case letters, digits and hyphens; by default derived from the run')
    .option(
      '--ttl <duration>',
      'keep it for that time, such as 30d; without it, until it is deleted',
      duration,
    )
    .option('--label <text>', "the application's own, such as the commit that it runs; kept with it")
    .option('--wait', 'wait until it is taken')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples('snapshot create acme --name before-import --wait', 'snapshot create acme --ttl 30d'),
    )
    .action(create);
  snapshot
    .command('list <id>')
    .description('list what a tenant can be restored to: its snapshots, and the states before its restores')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('snapshot list acme', 'snapshot list acme --json'))
    .action(list);
  snapshot
    .command('delete <id> <name>')
    .description('delete a snapshot, and wait until it is gone')
    .addOption(waitsAnyway())
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('snapshot delete acme before-import'))
    .action(remove);
}

interface CreateOptions extends OperationOptions {
  readonly name?: string;
  readonly ttl?: number;
  readonly label?: string;
}

function create(id: string, { name, ttl, label, ...options }: CreateOptions): Promise<void> {
  return operate(
    (tenantry) =>
      tenantry.start.snapshot(id, {
        ...(name === undefined ? {} : { name }),
        ...(ttl === undefined ? {} : { ttlMs: ttl }),
        ...(label === undefined ? {} : { label }),
      }),
    ({ snapshot, expiresAt }) =>
      `snapshot ${snapshot} of ${id} is taken${expiresAt === undefined ? '' : `, and kept until ${expiresAt}`}`,
    options,
  );
}

function list(id: string, { json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const views = [
      ...(await tenantry.snapshots(id)).map((kept) => viewOf('snapshot', kept)),
      ...(await tenantry.keptStates(id)).map((kept) => viewOf('state', kept)),
    ];
    if (json) answerJson(views);
    else if (views.length === 0) answer('no snapshots yet');
    else answer(tableOf(views));
  });
}

/** A snapshot or state in the output of `--json`: `kind` is the option of `restore` that takes its name. */
function viewOf(kind: 'snapshot' | 'state', kept: KeptState | TenantSnapshot) {
  const { name, createdAt, expiresAt } = kept;
  const view = {
    kind,
    name,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
  if (!('isBackup' in kept)) return view;
  const { isBackup, label = null, plan = null, schemaVersion = null, role = null } = kept;
  return { ...view, isBackup, label, plan, schemaVersion, role };
}

function tableOf(views: readonly ReturnType<typeof viewOf>[]): string {
  return table([
    ['restore with', 'made', 'kept until', 'schema', 'label'],
    ...views.map((view) => [
      `--${view.kind} ${view.name}`,
      view.createdAt,
      view.expiresAt ?? '',
      ...('isBackup' in view ? [view.schemaVersion ?? '', view.label ?? ''] : ['', '']),
    ]),
  ]);
}

function remove(id: string, name: string, { json }: { json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    await tenantry.removeSnapshot(id, name);
    if (json) answerJson({ id, snapshot: name, removed: true });
    else answer(`snapshot ${name} of ${id} is gone`);
  });
}
