import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TenantFilter, TenantPage, TenantryClient, TenantSort } from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { type TenantState, tenantStates } from '../../tenancy/lifecycle.js';
import { tenantSorts } from '../../tenancy/tenant-sort.js';
import { withBackend } from '../backend.js';
import { quoted } from '../completion/quoted.js';
import { addFilterOption, type WrittenFilter } from '../filter-option.js';
import { examples } from '../help.js';
import { answer, say } from '../say.js';
import { jsonPrinter, tablePrinter } from '../tenant-printers.js';
import { UsageError } from '../usage-error.js';

interface Options {
  readonly where?: WrittenFilter;
  readonly state?: readonly TenantState[];
  readonly plan?: readonly string[];
  readonly sort: TenantSort;
  readonly limit?: number;
  readonly after?: string;
  readonly json?: true;
}

export function listCommand(program: Command): void {
  const command = program
    .command('list')
    .description('list the tenants of the fleet; on a terminal the first 50');
  addFilterOption(
    command,
    '--where <filter>',
    'only those that match, such as "plan=pro,createdAt>=2026-03-01"',
  )
    .addOption(
      new Option('--state <state...>', 'only those in this state, or in one of these').choices(tenantStates),
    )
    .option('--plan <plan...>', 'only those of this plan, or of one of these')
    .addOption(
      new Option('--sort <order>', 'the field to sort by; a minus before it reverses the order')
        .choices(tenantSorts)
        .default('id'),
    )
    .option('--limit <count>', 'how many at most', limit)
    .option('--after <place>', 'start where an earlier list ended')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'list',
        'list --state failed --sort -updatedAt',
        'list --where "plan=pro,createdAt>=2026-03-01"',
        'list --limit 100 --json',
      ),
    )
    .action((options: Options) => {
      const filter = filterOf(options);
      return withBackend(({ tenantry }) => list(tenantry, filter, options));
    });
}

/** The rows that fit on a terminal without scrolling away unread. */
const terminalRows = 50;
/** The most tenants that the client returns at once. */
const pageRows = 1_000;

async function list(tenantry: TenantryClient, where: TenantFilter, options: Options): Promise<void> {
  const { json, sort, after } = options;
  const most = options.limit ?? (process.stdout.isTTY && !json ? terminalRows : Number.POSITIVE_INFINITY);
  const print = json ? jsonPrinter() : tablePrinter();
  let shown = 0;
  let next = after;
  do {
    const page: TenantPage = await tenantry.list({
      where,
      sort,
      limit: Math.min(most - shown, pageRows),
      after: next,
    });
    print.page(page.tenants);
    shown += page.tenants.length;
    next = page.next;
  } while (next !== undefined && shown < most);
  print.end(next);
  if (json) return;
  if (shown === 0) answer(emptyAs(where, after));
  if (next !== undefined) {
    const more = await tenantry.count({ where, sort, after: next });
    say(`${more} more; the next: ${ownCommand} ${againWith(options, next)}`);
  }
}

function emptyAs(where: TenantFilter, after: string | undefined): string {
  if (after !== undefined) return 'no more tenants';
  return Object.keys(where).length === 0 ? 'no tenants yet' : 'no tenant matches';
}

/** The command for the same query, from another position. */
function againWith({ where, state, plan, sort, limit }: Options, next: string): string {
  const words = [
    'list',
    ...(where === undefined ? [] : ['--where', quoted(where.text)]),
    ...(state === undefined ? [] : ['--state', ...state]),
    ...(plan === undefined ? [] : ['--plan', ...plan.map(quoted)]),
    ...(sort === 'id' ? [] : ['--sort', sort]),
    ...(limit === undefined ? [] : ['--limit', String(limit)]),
    '--after',
    next,
  ];
  return words.join(' ');
}

function filterOf({ where, state, plan }: Options): TenantFilter {
  const short = { ...(state && { state }), ...(plan && { plan }) };
  for (const name of ['state', 'plan'] as const)
    if (short[name] !== undefined && where?.filter[name] !== undefined)
      throw new UsageError(`--${name} and --where both say which ${name}: leave one of them out`);
  return { ...where?.filter, ...short };
}

function limit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}
