import { expect, it } from 'vitest';
import {
  isSettled,
  type TenantState,
  type Transition,
  tenantOperations,
  transitionOf,
} from '../../tenancy/lifecycle.js';

/** How a state is called in a diagram: a tenant that is not known is where every arrow begins and may end. */
const shown = (state: TenantState | 'none') => (state === 'none' ? '[*]' : state);

/** Where an operation leads from a settled state, when it succeeds. */
const leadsTo = ({ succeeded }: Transition, from: TenantState | 'none') =>
  succeeded === 'as-before' ? from : succeeded;

function diagram(): string[] {
  const arrows = new Map<string, string[]>();
  for (const operation of tenantOperations) {
    const transition = transitionOf(operation);
    for (const from of transition.from) {
      if (from !== 'none' && !isSettled(from)) continue;
      const arrow = `${shown(from)} --> ${shown(leadsTo(transition, from))}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), operation]);
    }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...[...arrows].map(([arrow, operations]) => `  ${arrow}: ${operations.join(', ')}`),
    '```',
  ];
}

function table(): string[] {
  const quoted = (state: string) => (state === 'as-before' ? 'as before' : `\`${state}\``);
  const head = ['operation', 'may begin in', 'meanwhile', 'leads to', 'undone, it leads to'];
  const rows = tenantOperations.map((operation) => {
    const { from, during, succeeded, failed } = transitionOf(operation);
    return [
      `\`${operation}\``,
      from.map(quoted).join(', '),
      quoted(during),
      quoted(succeeded),
      quoted(failed),
    ];
  });
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)];
}

const repeatable = tenantOperations
  .filter((operation) => transitionOf(operation).repeatable)
  .map((operation) => `\`${operation}\``);

const ofDatabase = tenantOperations
  .filter((operation) => transitionOf(operation).needsDatabase)
  .map((operation) => `\`${operation}\``);

const page = [
  "# A tenant's life",
  '',
  'Drawn from the one table in `tenancy/lifecycle.ts` by `npx vitest run test/docs -u`; a test fails when they differ.',
  '',
  'Settled states, and the operations that lead from one to the next:',
  '',
  ...diagram(),
  '',
  'Every operation in full. `none` is a tenant that the catalog does not know. An operation may also begin in its own passing state, because a',
  'terminated run leaves the tenant there; so does an operation that could not be undone, with the reason. In any other state it is refused with',
  'that state and what is allowed in it, and nothing changes. An exception: ' +
    `${repeatable.slice(0, -1).join(', ')} and ${repeatable.at(-1)} succeed with nothing to do where they already led.`,
  '',
  ...table(),
  '',
  `Once a tenant's deletion has begun, ${ofDatabase.join(', ')} is refused and leaves it as it is: only an offboarding goes on with it.`,
  '',
].join('\n');

it('is drawn from the table as it is', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/lifecycle.md');
});
