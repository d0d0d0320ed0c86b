import type { Command } from 'commander';
import { TenantNotFoundError } from '../../client/errors.js';
import { operationWords } from '../../tenancy/operation-words.js';
import { onOneLine } from '../../tenancy/redact.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { awaitOperation } from '../operate.js';
import { answer, answerJson } from '../say.js';

export function waitCommand(program: Command): void {
  program
    .command('wait <id>')
    .description("wait until a tenant's operation has ended; exits as that operation does")
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('wait acme', 'wait acme --json'))
    .action((id: string, options: { json?: true }) =>
      withBackend(async (backend) => {
        const { tenantry } = backend;
        const handle = await tenantry.lastOperation(id);
        if (handle !== undefined) {
          await awaitOperation<object>(
            backend,
            handle,
            () => `${operationWords[handle.operation]} of ${onOneLine(id)} succeeded`,
            options,
          );
          return;
        }
        const tenant = await tenantry.get(id);
        if (tenant === undefined) throw new TenantNotFoundError(id);
        const none = { operation: null, workflowId: null, runId: null, ui: null };
        if (options.json) answerJson({ id, state: tenant.state, ...none });
        else answer(`no operation of ${onOneLine(id)} is under way: it is ${tenant.state}`);
      }),
    );
}
