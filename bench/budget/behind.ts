/*
 * How long others wait behind many onboardings of one customer: a person's suspension, and another customer's single
 * onboarding, with and without the customer said.
 *
 *   npm run bench:budget:behind [-- --tenants 300] [--workers 1] [--json figures.json]
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { companionQueue, tenantWorkflowId } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { printTable } from '../figures.js';
import { type Installation, startInstallation } from './installation.js';
import fleet from './tenantry.config.js';

const number = z.coerce.number().int();
const { tenants, workers, json } = z
  .object({
    tenants: number.min(1).default(300),
    workers: number.min(1).default(1),
    json: z.string().optional(),
  })
  .parse(
    parseArgs({
      options: { tenants: { type: 'string' }, workers: { type: 'string' }, json: { type: 'string' } },
    }).values,
  );

/** By then the backlog is there. */
const backlogMs = 5_000;

/** Where a run spent its seconds. */
interface Spent {
  /** Waiting for its turn at Neon. */
  readonly neon: number;
  /** Waiting for its other steps to be taken. */
  readonly steps: number;
  /** Waiting for the worker to go on with its workflow. */
  readonly workflow: number;
  /** In steps. */
  readonly work: number;
}

async function spentBy({ temporal, taskQueue }: Installation, workflowId: string): Promise<Spent> {
  const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
  const at = (time?: { seconds?: unknown; nanos?: number | null } | null) =>
    Number(time?.seconds) + Number(time?.nanos) / 1e9;
  const scheduled = new Map<string, { at: number; of: 'neon' | 'steps' | 'workflow' }>();
  const began = new Map<string, number>();
  const spent = { neon: 0, steps: 0, workflow: 0, work: 0 };
  for (const { eventId, eventTime, ...event } of events ?? []) {
    const { activityTaskScheduledEventAttributes: activity, workflowTaskScheduledEventAttributes: task } =
      event;
    if (activity != null) {
      const of = activity.taskQueue?.name === companionQueue(taskQueue, 'neon') ? 'neon' : 'steps';
      scheduled.set(String(eventId), { at: at(eventTime), of });
    }
    if (task != null) scheduled.set(String(eventId), { at: at(eventTime), of: 'workflow' });
    const started = event.activityTaskStartedEventAttributes ?? event.workflowTaskStartedEventAttributes;
    const since = scheduled.get(String(started?.scheduledEventId));
    if (since !== undefined) {
      spent[since.of] += at(eventTime) - since.at;
      began.set(String(eventId), at(eventTime));
    }
    const ended = event.activityTaskCompletedEventAttributes ?? event.workflowTaskCompletedEventAttributes;
    const from = began.get(String(ended?.startedEventId));
    if (from !== undefined) spent.work += at(eventTime) - from;
  }
  return spent;
}

interface Figures {
  readonly suspendAlone: number;
  readonly suspendBehind: number;
  readonly suspendSpent: Spent;
  readonly onboardAlone: number;
  readonly onboardBehind: number;
  readonly all: number;
}

async function measure(withCustomers: boolean): Promise<Figures> {
  const installation = await startInstallation({ workers });
  const { tenantry } = installation;
  const of = (customer: string) => (withCustomers ? { customer } : {});
  const seconds = async (work: Promise<unknown>) => {
    const began = performance.now();
    await work;
    return (performance.now() - began) / 1_000;
  };
  try {
    for (const id of ['first', 'second']) await tenantry.execute.onboard({ id });
    const onboardAlone = await seconds(tenantry.execute.onboard({ id: 'third' }));
    const suspendAlone = await seconds(tenantry.execute.suspend('first'));
    const all = seconds(
      Promise.all(
        Array.from({ length: tenants }, (_, n) =>
          tenantry.execute.onboard({ id: `large-${n}`, ...of('large') }),
        ),
      ),
    );
    await sleep(backlogMs);
    const [suspendBehind, onboardBehind] = await Promise.all([
      seconds(tenantry.execute.suspend('second')),
      seconds(tenantry.execute.onboard({ id: 'small', ...of('small') })),
    ]);
    const suspendSpent = await spentBy(installation, tenantWorkflowId(fleet.name, 'second' as TenantId));
    return { suspendAlone, suspendBehind, suspendSpent, onboardAlone, onboardBehind, all: await all };
  } finally {
    await installation.stop();
  }
}

const without = await measure(false);
const withCustomers = await measure(true);
const row = (name: string, of: (figures: Figures) => number) => [
  name,
  of(without).toFixed(1),
  of(withCustomers).toFixed(1),
];
printTable([
  [`behind ${tenants} onboardings, seconds`, 'no customer said', 'customers said'],
  row('a suspension alone', ({ suspendAlone }) => suspendAlone),
  row('a suspension behind them', ({ suspendBehind }) => suspendBehind),
  row('  of that, waiting for its turn at Neon', ({ suspendSpent }) => suspendSpent.neon),
  row('  waiting for its other steps to be taken', ({ suspendSpent }) => suspendSpent.steps),
  row('  waiting for the worker to go on', ({ suspendSpent }) => suspendSpent.workflow),
  row('  in steps', ({ suspendSpent }) => suspendSpent.work),
  row('an onboarding alone', ({ onboardAlone }) => onboardAlone),
  row("another customer's onboarding behind them", ({ onboardBehind }) => onboardBehind),
  row('all of them', ({ all }) => all),
]);
if (json !== undefined) await writeFile(json, `${JSON.stringify({ without, withCustomers }, null, 2)}\n`);
