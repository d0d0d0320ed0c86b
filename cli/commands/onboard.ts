import type { Command } from 'commander';
import { withBackend } from '../backend.js';
import { answer, answerJson, say } from '../say.js';
import { showProgress } from '../show-progress.js';

interface Options {
  readonly plan?: string;
  readonly wait?: true;
  readonly json?: true;
}

export function onboardCommand(program: Command): void {
  program
    .command('onboard <id>')
    .description('bring up a tenant: a Neon project of its own, migrated, with a limited role')
    .option('--plan <plan>', "the tenant's plan; the fleet's default without it")
    .option('--wait', 'wait until the tenant is ready')
    .option('--json', 'print one JSON object')
    .action(onboard);
}

const nobodyCarriesOn =
  'nothing would carry this on once the command ends: add --wait, or keep a stack up with: npm run tenantry -- up';

async function onboard(id: string, { plan, wait, json }: Options): Promise<void> {
  await withBackend(
    async ({ tenantry, runUrl }) => {
      const handle = await tenantry.onboard({ id, ...(plan === undefined ? {} : { plan }) });
      const run = {
        workflowId: handle.workflowId,
        runId: handle.runId,
        ui: runUrl(handle.workflowId, handle.runId) ?? null,
      };
      if (!wait) {
        if (json) answerJson({ id, state: 'provisioning', ...run });
        else answer(`${id} is being onboarded${run.ui === null ? '' : `: ${run.ui}`}`);
        return;
      }
      if (!json) {
        if (run.ui !== null) say(`run: ${run.ui}`);
        await showProgress(handle);
      }
      const ready = await handle.ready();
      if (json) answerJson({ ...ready, ...run });
      else answer(`${id} is ready: project ${ready.projectId}, after ${ready.seconds.toFixed(1)} s`);
    },
    { notTemporary: !wait && nobodyCarriesOn },
  );
}
