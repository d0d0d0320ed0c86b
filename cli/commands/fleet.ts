import { type Command, InvalidArgumentError, Option } from 'commander';
import type {
  MemberState,
  Rollout,
  RolloutAction,
  RolloutHandle,
  RolloutOptions,
  RolloutRequest,
  TenantryClient,
  Wave,
} from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { jsonForTerminals } from '../../tenancy/redact.js';
import { memberStates } from '../../tenancy/rollout.js';
import { withBackend } from '../backend.js';
import { duration } from '../duration.js';
import { exitCodes } from '../exit-codes.js';
import { addFilterOption, type WrittenFilter } from '../filter-option.js';
import { examples } from '../help.js';
import { awaitedRollout, waitOrLeave } from '../interruption.js';
import { nobodyCarriesOn } from '../operate.js';
import {
  memberView,
  previewLines,
  rolloutLine,
  rolloutLines,
  rolloutRows,
  rolloutView,
} from '../rollout-view.js';
import { answer, answerJson, answerJsonPart, say } from '../say.js';
import { waiting } from '../show-progress.js';
import { growingTable, table } from '../table.js';
import { fleetCostCommand } from './fleet-cost.js';

export function fleetCommand(program: Command): void {
  const fleet = program
    .command('fleet')
    .description('do one thing to many tenants, in waves, and watch, pause and resume it')
    .addHelpText(
      'after',
      examples(
        'fleet migrate --dry-run',
        'fleet migrate --canary plan=free --soak 10m --max-failures 3 --wait',
        'fleet status',
      ),
    );
  verb(fleet, 'migrate', 'apply new migrations to every tenant', ['fleet migrate --waves 1,10% --soak 5m'])
    .option('--to <migration>', 'the newest to be applied; without it, all')
    .option(
      '--wake-after <duration>',
      'leave tenants that sleep to be migrated when they wake, and wake those that still sleep after so long',
      duration,
    )
    .action(({ to, wakeAfter, ...options }: Options & { to?: string; wakeAfter?: number }) =>
      roll({ verb: 'migrate', ...given({ to: to?.replace(/\.sql$/, ''), wakeAfterMs: wakeAfter }) }, options),
    );
  verb(fleet, 'plan <plan>', 'give many tenants another plan', ['fleet plan pro --where plan=free']).action(
    (plan: string, options: Options) => roll({ verb: 'changePlan', plan }, options),
  );
  verb(fleet, 'rotate', 'rotate the credentials of many tenants', ['fleet rotate --where plan=pro'])
    .option('--owner', "reset the owner's password too")
    .option('--now', 'without an overlap, for credentials that leaked')
    .action(({ owner, now, ...options }: Options & { owner?: true; now?: true }) =>
      roll({ verb: 'rotateCredentials', ...given({ owner, now }) }, options),
    );
  verb(fleet, 'suspend', 'suspend many tenants', [
    'fleet suspend --where plan=trial,createdAt<2026-01-01',
  ]).action((options: Options) => roll({ verb: 'suspend' }, options));
  verb(fleet, 'resume', 'resume many tenants', ['fleet resume --where state=suspended']).action(
    (options: Options) => roll({ verb: 'resume' }, options),
  );
  verb(fleet, 'repair', 'repair many tenants', ['fleet repair --where attention=true']).action(
    (options: Options) => roll({ verb: 'repair' }, options),
  );
  verb(fleet, 'snapshot', 'take a snapshot of many tenants', ['fleet snapshot --name before-launch --ttl 7d'])
    .option('--name <name>', 'what each is called')
    .option('--ttl <duration>', 'how long Neon keeps it', duration)
    .action(({ name, ttl, ...options }: Options & { name?: string; ttl?: number }) =>
      roll({ verb: 'snapshot', ...given({ name, ttlMs: ttl }) }, options),
    );
  verb(fleet, 'branch <name>', 'create a branch of many tenants', ['fleet branch audit --ttl 1d'])
    .option('--ttl <duration>', 'delete each after so long', duration)
    .action((name: string, { ttl, ...options }: Options & { ttl?: number }) =>
      roll({ verb: 'branch', name, ...given({ ttlMs: ttl }) }, options),
    );
  verb(fleet, 'run <workflow>', 'run a workflow of your own for each of many tenants', [
    `fleet run reindexTenant --input '{"model":"small"}'`,
  ])
    .option('--input <json>', 'an object that it is given beside the tenant', jsonObject)
    .action((workflow: string, { input, ...options }: Options & { input?: Record<string, unknown> }) =>
      roll({ verb: 'workflow', workflow, ...given({ input }) }, options),
    );

  fleet
    .command('status [rollout]')
    .description('list the rollouts, or show how far one is')
    .option('--follow', waits)
    .addOption(sameAs('--wait', 'follow'))
    .option('--json', 'print JSON')
    .addHelpText('after', examples('fleet status', 'fleet status migrate-5f2c81d09a --follow'))
    .action(status);
  fleet
    .command('report <rollout>')
    .description('list what became of each tenant of a rollout, and why')
    .addOption(new Option('--state <state...>', 'only those in these states').choices([...memberStates]))
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('fleet report migrate-5f2c81d09a --state failed'))
    .action(report);
  fleet
    .command('pause <rollout>')
    .description('begin nothing more; what has begun comes to its end')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('fleet pause migrate-5f2c81d09a'))
    .action((id: string, options: Told) => change(id, options, (rollout) => rollout.pause()));
  thatWaits(fleet.command('continue <rollout>'))
    .description('go on with a rollout that was paused or stopped')
    .option('--max-failures <count>', 'stop it once more have failed', count)
    .option('--parallel <count>', 'how many tenants at once', count)
    .option('--per-minute <count>', 'how many may begin in a minute', count)
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('fleet continue migrate-5f2c81d09a --max-failures 10'))
    .action((id: string, { json, wait, follow: _, ...pace }: Told & Waits & Pace) =>
      change(id, given({ json, wait }), (rollout) => rollout.resume(pace)),
    );
  thatWaits(fleet.command('abort <rollout>'))
    .description('never begin anything more of it; what has begun comes to its end')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('fleet abort migrate-5f2c81d09a'))
    .action((id: string, options: Told & Waits) => change(id, options, (rollout) => rollout.abort()));
  thatWaits(fleet.command('retry <rollout>'))
    .description('treat those again that failed, or that another operation kept busy')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('fleet retry migrate-5f2c81d09a'))
    .action((id: string, options: Told & Waits) => change(id, options, (rollout) => rollout.retryFailed()));
  fleetCostCommand(fleet);
  fleet
    .command('schema')
    .description('count the tenants by the newest migration that each has')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('fleet schema'))
    .action(schema);
}

interface Told {
  readonly json?: true;
}

interface Waits {
  readonly wait?: true;
  readonly follow?: true;
}

interface Pace {
  readonly parallel?: number;
  readonly maxFailures?: number;
  readonly perMinute?: number;
}

interface Options extends Pace, Told, Waits {
  readonly where?: WrittenFilter;
  readonly canary?: WrittenFilter;
  readonly waves?: readonly Wave['size'][];
  readonly soak?: number;
  readonly dryRun?: true;
}

const waits = 'show how far it is, until nothing more happens by itself';

/** An alias that people know from other commands, for the given option. */
function sameAs(word: '--follow' | '--wait', option: 'follow' | 'wait'): Option {
  return new Option(word).implies({ [option]: true }).hideHelp();
}

/**
 * A command that makes a rollout continue waits like an operation's command: it shows the progress, and ends with the
 * rollout.
 */
function thatWaits(command: Command): Command {
  return command.option('--wait', waits).addOption(sameAs('--follow', 'wait'));
}

/** A command that starts a rollout. All of them have the same options for the tenants and the pace. */
function verb(fleet: Command, name: string, description: string, shown: readonly string[]): Command {
  const command = thatWaits(fleet.command(name)).description(description);
  addFilterOption(command, '--where <filter>', 'only tenants that match, such as "plan=pro,state=ready"');
  addFilterOption(command, '--canary <filter>', 'first only those that match, as a wave of their own');
  return command
    .option(
      '--waves <sizes>',
      'then waves of these sizes, such as 1,10%; the last has all that are left',
      sizes,
    )
    .option('--soak <duration>', 'how long to wait after each wave before the next', duration)
    .option('--parallel <count>', 'how many tenants at once (10)', count)
    .option('--max-failures <count>', 'stop it once more than this many have failed (0)', count)
    .option('--per-minute <count>', 'how many may begin in a minute', count)
    .option('--dry-run', 'say whom it would treat and how long it would take, and do nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples(...shown));
}

function roll(action: RolloutAction, options: Options): Promise<void> {
  const { json, wait, dryRun } = options;
  const request = { ...action, ...optionsOf(options) } as RolloutRequest;
  return withBackend(
    async ({ tenantry }) => {
      if (dryRun) {
        const preview = await tenantry.fleet.preview(request);
        if (json) answerJson(preview);
        else for (const line of previewLines(preview)) answer(line);
        return;
      }
      const rollout = await tenantry.fleet.start(request);
      if (!json) say(`rollout ${rollout.id}`);
      if (wait) return followed(rollout, given({ json }));
      if (json) answerJson(rolloutView(await rollout.status()));
      else
        answer(`it goes on at the workers; to watch it: ${ownCommand} fleet status ${rollout.id} --follow`);
    },
    { notTemporary: !dryRun && !wait && nobodyCarriesOn },
  );
}

function optionsOf({
  where,
  canary,
  waves = [],
  soak,
  parallel,
  maxFailures,
  perMinute,
}: Options): RolloutOptions {
  const soaked = given({ soakMs: soak });
  const parts: Wave[] = [
    ...(canary === undefined ? [] : [{ where: canary.filter, ...soaked }]),
    ...waves.map((size) => ({ size, ...soaked })),
    {},
  ];
  return { waves: parts, ...given({ where: where?.filter, parallel, maxFailures, perMinute }) };
}

async function status(id: string | undefined, { follow, json }: Told & Waits): Promise<void> {
  await withBackend(async ({ tenantry }) => {
    if (id === undefined) {
      const rollouts = await tenantry.fleet.list();
      if (json) answerJson(rollouts.map(rolloutView));
      else answer(rollouts.length === 0 ? 'no rollouts yet' : table(rolloutRows(rollouts)));
      return;
    }
    const rollout = await tenantry.fleet.get(id);
    if (follow) return followed(rollout, given({ json }));
    const status = await rollout.status();
    told(status, given({ json }));
    const why = json ? undefined : await rollout.whyStuck();
    if (why !== undefined) answer(`it does not get on: ${why}`);
  });
}

/** Prints each change on its own line, and then the final state; fails unless every tenant succeeded. */
async function followed(rollout: RolloutHandle, { json }: Told): Promise<void> {
  const last = await waitOrLeave(awaitedRollout(rollout), async (left) => {
    let last = await rollout.status();
    for await (const { wait, ...status } of rollout.follow(left)) {
      last = status;
      if (!json) say([rolloutLine(status), ...(wait === undefined ? [] : [waiting(wait)])].join('; '));
    }
    return last;
  });
  told(last, given({ json }));
  if (last.state === 'stopped' || last.state === 'aborted' || last.counts.failed > 0)
    process.exitCode = exitCodes.failed;
}

function told(status: Rollout, { json }: Told): void {
  if (json) answerJson(rolloutView(status));
  else for (const line of rolloutLines(status)) answer(line);
}

function change(
  id: string,
  { json, wait }: Told & Waits,
  how: (rollout: RolloutHandle) => Promise<Rollout>,
): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const rollout = await tenantry.fleet.get(id);
    const status = await how(rollout);
    if (wait) await followed(rollout, given({ json }));
    else told(status, given({ json }));
  });
}

interface ReportOptions extends Told {
  readonly state?: readonly MemberState[];
}

function report(id: string, { state, json }: ReportOptions): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const rollout = await tenantry.fleet.get(id);
    const rows = growingTable();
    let shown = 0;
    if (json) answerJsonPart('[');
    for await (const member of rollout.report(given({ states: state }))) {
      const view = memberView(member);
      if (json) answerJsonPart(`${shown === 0 ? '' : ','}${jsonForTerminals(view)}`);
      else answer(rows([[view.id, view.state, view.reason === null ? '' : view.reason.message]]));
      shown += 1;
    }
    if (json) answerJsonPart(']\n');
    else if (shown === 0) answer('no tenants');
  });
}

function schema({ json }: Told): Promise<void> {
  return withBackend(async ({ tenantry }: { tenantry: TenantryClient }) => {
    const versions = await tenantry.fleet.schema();
    if (json) answerJson(versions);
    else if (versions.length === 0) answer('no tenants');
    else
      answer(
        table([
          ['migration', 'tenants'],
          ...versions.map(({ schemaVersion, tenants }) => [schemaVersion ?? 'none', String(tenants)]),
        ]),
      );
  });
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number.');
}

function sizes(text: string): Wave['size'][] {
  const parts = text.split(',').map((part) => part.trim());
  if (!parts.every((part) => /^(\d{1,9}|\d{1,3}(\.\d+)?%)$/.test(part)))
    throw new InvalidArgumentError('It is numbers and percentages with commas between them, such as 1,10%.');
  return parts.map((part) => (part.endsWith('%') ? (part as `${number}%`) : Number(part)));
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {}
  throw new InvalidArgumentError('It is an object in JSON.');
}

/** The given options, without those that are `undefined`. */
function given<T extends object>(asked: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as never;
}
