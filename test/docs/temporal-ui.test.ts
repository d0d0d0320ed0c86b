import { readFileSync } from 'node:fs';
import { ApplicationFailure } from '@temporalio/common';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { startTenantry } from '../support/tenantry.js';

/** The filters of the page, by what they are to find. */
const filters = Object.fromEntries(
  [
    ...readFileSync(new URL('../../docs/temporal-ui.md', import.meta.url), 'utf8').matchAll(
      /^\| (\S.*?) +\| `([^`]+)`/gm,
    ),
  ].map(([, what = '', filter = '']) => [what, filter]),
);

more('finds by each filter of the page the runs that it says', async () => {
  const t = await startTenantry({
    fleet: {
      hooks: {
        async onboarded({ id }) {
          if (id === 'globex') throw ApplicationFailure.nonRetryable('no seat');
        },
      },
    },
  });
  try {
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });
    await t.tenantry.execute.onboard({ id: 'globex' }).catch(() => {});
    // Refused: it never was ready. A client says so without a run.
    await t.temporal.workflow
      .execute('runOperation', {
        workflowId: `from-a-schedule/${t.fleet.name}`,
        taskQueue: t.taskQueue,
        args: [{ tenant: { fleet: t.fleet.name, id: 'globex' }, operation: 'suspend' }],
      })
      .catch(() => {});
    await t.tenantry.execute.suspend('acme');
    await t.tenantry.execute.resume('acme');
    const leaving = await t.tenantry.start.offboard('acme', { graceMs: 3_600_000 });

    const found = async (what: string) => {
      const query = `${filters[what]} and Fleet="${t.fleet.name}"`;
      const runs: string[] = [];
      for await (const { type, memo, typedSearchAttributes } of t.temporal.workflow.list({ query })) {
        const tenant = typedSearchAttributes.getAll().find(({ key }) => key.name === 'TenantId')?.value;
        runs.push(`${String(memo?.operation ?? type)} ${String(tenant)}`);
      }
      return runs.sort();
    };
    const expected = {
      'all runs of a tenant': ['offboard acme', 'onboard acme', 'resume acme', 'suspend acme'],
      'what is under way': ['offboard acme'],
      'who is leaving': ['offboard acme'],
      'what failed and was undone': ['onboard globex'],
      'what was refused, or not undone': ['suspend globex'],
    };
    for (const [what, runs] of Object.entries(expected))
      await eventually(`the filter for "${what}" finds its runs`, async () => {
        return JSON.stringify(await found(what)) === JSON.stringify(runs);
      });
    await leaving.cancel();
    await leaving.result().catch(() => {});
  } finally {
    await t.stop();
  }
});
