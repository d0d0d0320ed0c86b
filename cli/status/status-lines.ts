import type { WorkerState } from '../../local/running-stack.js';
import { onLines } from '../../tenancy/redact.js';
import { table } from '../table.js';
import type { Status } from './found.js';
import type { QueuePoller } from './pollers.js';

const titles = {
  temporal: 'Temporal',
  'temporal-ui': 'Temporal UI',
  catalog: 'catalog',
  neon: 'Neon',
} as const;

/** The status for a person. */
export function statusLines({ version, node, stack, parts, queues, queuesReason }: Status): string[] {
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
  ];
  const why = stack?.worker ? wordsOn(stack.worker) : [];
  return [
    table(rows.map(padded)),
    ...why,
    '',
    queues === null ? `task queues: not known (${queuesReason})` : table(queueRows(queues)),
  ];
}

/** Columns are as wide as their widest cell only where every row has them. */
const padded = (row: readonly string[]) => Array.from({ length: 5 }, (_, at) => row[at] ?? '');

function workerCells(worker: WorkerState): string[] {
  const { since, restarts } = worker;
  const times = restarts === 0 ? '' : `, restarted ${restarts === 1 ? 'once' : `${restarts} times`}`;
  return worker.status === 'running'
    ? ['running', `process ${worker.pid} since ${since}${times}`]
    : [worker.status === 'restarting' ? 'restarting' : 'given up', `since ${since}${times}`];
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
