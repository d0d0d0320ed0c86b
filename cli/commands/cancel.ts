import type { Command } from 'commander';
import { OperationCancelledError } from '../../client/errors.js';
import type { OperationHandle } from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { operationWords } from '../../tenancy/operation-words.js';
import { onOneLine } from '../../tenancy/redact.js';
import { type Backend, withBackend } from '../backend.js';
import { exitCodes } from '../exit-codes.js';
import { examples } from '../help.js';
import { awaitedOperation, waitOrLeave } from '../interruption.js';
import { nobodyCarriesOn, type OperationOptions, runOf } from '../operate.js';
import { answer, answerJson } from '../say.js';
import { showProgress } from '../show-progress.js';

export function cancelCommand(program: Command): void {
  program
    .command('cancel <id>')
    .description("cancel a tenant's running operation, and undo what it did")
    .option('--wait', 'wait until it is undone')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('cancel acme --wait'))
    .action((id: string, options: OperationOptions) =>
      withBackend(
        async (backend) => {
          const handle = await backend.tenantry.operationUnderWay(id);
          await handle.cancel();
          const { run } = runOf(backend, handle);
          const cancelled = options.wait ? await endsCancelled(handle, options) : null;
          if (cancelled === false) process.exitCode = exitCodes.failed;
          if (options.json)
            answerJson({
              id,
              state: await stateOf(backend, id),
              cancelled: cancelled === null ? null : cancelled !== false,
              ...run,
            });
          else answer(outcome(handle, onOneLine(id), cancelled));
        },
        { notTemporary: !options.wait && nobodyCarriesOn },
      ),
    );
}

/** Whether the cancellation was in time. If the operation failed for another reason, that error is thrown. */
async function endsCancelled(
  handle: OperationHandle<unknown>,
  { json }: Pick<OperationOptions, 'json'>,
): Promise<boolean | 'overlap'> {
  try {
    let result: unknown;
    await waitOrLeave(awaitedOperation(handle), async (left) => {
      if (!json) await showProgress(handle, left);
      result = await handle.result();
    });
    return overlapCutShort(result) ? 'overlap' : false;
  } catch (error) {
    if (error instanceof OperationCancelledError) return true;
    throw error;
  }
}

/**
 * A rotation that has published its login is not undone: the cancellation only shortens the time in which the old one
 * also works.
 */
function overlapCutShort(result: unknown): boolean {
  return typeof result === 'object' && result !== null && Reflect.get(result, 'overlapCutShort') === true;
}

async function stateOf({ tenantry }: Backend, id: string): Promise<string | null> {
  return (await tenantry.get(id))?.state ?? null;
}

function outcome(
  handle: OperationHandle<unknown>,
  id: string,
  cancelled: boolean | 'overlap' | null,
): string {
  const operation = operationWords[handle.operation];
  if (cancelled === null)
    return `${operation} of ${id} is asked to stop, and undoes what it did; to wait for that: ${ownCommand} wait ${id}`;
  if (cancelled === 'overlap') return `the overlap of ${id}'s rotation is over: the old login is closed`;
  return cancelled
    ? `${operation} of ${id} was cancelled, and what it did is undone`
    : `${operation} of ${id} succeeded before it could be cancelled`;
}
