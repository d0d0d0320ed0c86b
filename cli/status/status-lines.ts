import { ownCommand } from '../../local/own-command.js';
import type { WorkerState } from '../../local/running-stack.js';
import { onLines } from '../../tenancy/redact.js';
import type { WaitingSteps } from '../../worker/check-catalog.js';
import { age } from '../age.js';
import { table } from '../table.js';
import type { StackStatus, Status } from './found.js';
import type { QueuePoller } from './pollers.js';

const titles = {
  temporal: 'Temporal',
  'temporal-ui': 'Temporal UI',
  catalog: 'catalog',
  neon: 'Neon',
} as const;

/** The status for a person. */
export function statusLines(found: Status): string[] {
  const { version, node, stack, otherStack, parts, queues, queuesReason, waits } = found;
  const rows = [
    ['tenantry', version, `Node ${node}`],
    ...(stack === null ? [] : [['stack', 'up', `process ${stack.pid}`]]),
    ...parts.map(({ part, status, address, version: of, reason }) => [
      titles[part],
      status,
      address,
      of ?? '',
      reason ?? '',
    ]),
    ...(stack?.worker ? [['worker', ...workerCells(stack.worker)]] : []),
    ...(waits === null ? [] : [['waits', ...waitCells(waits)]]),
  ];
  const why = stack?.worker ? wordsOn(stack.worker) : [];
  return [
    table(rows.map(padded)),
    ...why,
    ...(otherStack === null ? [] : ['', ...otherStackLines(otherStack)]),
    '',
    queues === null ? `task queues: not known (${queuesReason})` : table(queueRows(queues)),
  ];
}

/** The table only aligns a column if every row has it. */
const padded = (row: readonly string[]) => Array.from({ length: 5 }, (_, at) => row[at] ?? '');

function workerCells(worker: WorkerState): string[] {
  const { since, restarts } = worker;
  const times = restarts === 0 ? '' : `, restarted ${restarts === 1 ? 'once' : `${restarts} times`}`;
  return worker.status === 'running'
    ? ['running', `process ${worker.pid} since ${since}${times}`]
    : [worker.status === 'restarting' ? 'restarting' : 'given up', `since ${since}${times}`];
}

function waitCells(waits: readonly WaitingSteps[]): string[] {
  const steps = waits.reduce((sum, each) => sum + each.steps, 0);
  if (steps === 0) return ['none'];
  const [oldest = ''] = waits.map(({ since }) => since).sort();
  const types = waits.map((each) => `${each.type} ${each.steps}`).join(', ');
  return [`${steps}`, `${types}; the oldest for ${age(new Date(oldest))}: ${ownCommand} attention`];
}

/** The pollers of other servers do not include the stack's worker, so a person would look for it there in vain. */
function otherStackLines({ pid, worker }: StackStatus): string[] {
  const line = `a local stack is up too, as process ${pid}, but TEMPORAL_ADDRESS and TENANTRY_CATALOG_URL name other servers`;
  return worker === null
    ? [line]
    : [`${line}; its worker: ${workerCells(worker).join(', ')}`, ...wordsOn(worker)];
}

function wordsOn(worker: WorkerState): string[] {
  if (worker.status !== 'running') return [`  ${onLines(worker.reason)}`];
  return worker.stale === undefined ? [] : [`  the last edit is not taken up: ${onLines(worker.stale)}`];
}

function queueRows(queues: NonNullable<Status['queues']>): string[][] {
  return [
    ['task queue', 'takes', 'polled by'],
    ...queues.map(({ queue, kind, pollers }) => [
      queue,
      kind,
      pollers.length === 0 ? 'nobody' : pollers.map(pollerWords).join(', '),
    ]),
  ];
}

function pollerWords({ identity, build, secondsAgo, ended }: QueuePoller): string {
  const which = build === null ? identity : `${identity} of build ${build}`;
  return `${which} ${ended ? '(has ended)' : `${secondsAgo} s ago`}`;
}
