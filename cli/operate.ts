import { TemporalUnreachableError } from '../client/errors.js';
import type { OperationHandle, TenantryClient } from '../client/index.js';
import { transitionOf } from '../tenancy/lifecycle.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLineIn } from '../tenancy/redact.js';
import { type Backend, withBackend } from './backend.js';
import { awaitedOperation, waitOrLeave } from './interruption.js';
import { answer, answerJson, say } from './say.js';
import { showProgress } from './show-progress.js';

export interface OperationOptions {
  readonly wait?: true;
  readonly json?: true;
}

/** An addition to the output once an operation is accepted: a sentence for people, fields for programs. */
export interface AcceptedNote {
  readonly line?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Also<Result> {
  /** The output without `--wait`. @default that the operation is under way */
  readonly underWay?: (id: string) => string;
  /** The exit code after a successful operation. @default 0 */
  readonly ended?: (result: Result) => number | undefined;
  readonly accepted?: (tenantry: TenantryClient, handle: OperationHandle<unknown>) => Promise<AcceptedNote>;
}

export const nobodyCarriesOn =
  'nothing would carry this on once the command ends: add --wait, or keep a stack up with `up`';

/**
 * Starts an operation and reports it: with `--wait` each step and the result, without it where to look. The JSON is
 * one object: the operation's result, and the run's `workflowId`, `runId` and `ui`.
 */
export function operate<Result extends object>(
  start: (tenantry: TenantryClient) => Promise<OperationHandle<Result>>,
  told: (result: Result) => string,
  options: OperationOptions,
  { accepted, underWay, ended }: Also<Result> = {},
): Promise<void> {
  const { wait, json } = options;
  return withBackend(
    async (backend) => {
      const handle = await start(backend.tenantry);
      const { operation, tenantId: id } = handle;
      const note = await accepted?.(backend.tenantry, handle);
      if (wait) {
        if (note?.line !== undefined && !json) say(note.line);
        const result = await awaitOperation(backend, handle, told, options);
        const code = ended?.(result);
        if (code !== undefined) process.exitCode = code;
        return;
      }
      const { run, ui } = runOf(backend, handle);
      if (json) answerJson({ id, state: transitionOf(operation).during, ...run, ...note?.fields });
      else {
        const what = underWay?.(id) ?? `${operationWords[operation]} of ${id} is under way`;
        answer(`${what}${ui === null ? '' : `: ${ui}`}`);
        if (note?.line !== undefined) answer(note.line);
      }
    },
    { notTemporary: !wait && nobodyCarriesOn },
  );
}

/** Shows each step of an operation as it happens, reports the outcome, and returns the result. */
export async function awaitOperation<Result>(
  backend: Backend,
  handle: OperationHandle<Result>,
  told: (result: Result) => string,
  options: Pick<OperationOptions, 'json'>,
): Promise<Result> {
  const { run } = runOf(backend, handle);
  const result = await resultShowingSteps(backend, handle, options);
  if (options.json) answerJson({ ...(typeof result === 'object' ? result : {}), ...run });
  else answer(told(onOneLineIn(result)));
  return result;
}

/** Waits for an operation, and shows each step as it happens. */
export function resultShowingSteps<Result>(
  backend: Backend,
  handle: OperationHandle<Result>,
  { json }: Pick<OperationOptions, 'json'>,
): Promise<Result> {
  const { ui } = runOf(backend, handle);
  return waitOrLeave(awaitedOperation(handle), async (left) => {
    const ending = handle.result();
    if (!json) {
      if (ui !== null) say(`run: ${ui}`);
      // `progress()` waits for as long as Temporal is away, but a command reports that and ends.
      const away = whereUnreachable(ending);
      await Promise.race([showProgress(handle, AbortSignal.any([left, away.signal])), away.found]);
    }
    return ending;
  });
}

function whereUnreachable(ending: Promise<unknown>): { signal: AbortSignal; found: Promise<void> } {
  const away = new AbortController();
  const found = new Promise<void>((resolve) => {
    ending.catch((error: unknown) => {
      if (!(error instanceof TemporalUnreachableError)) return;
      away.abort();
      resolve();
    });
  });
  return { signal: away.signal, found };
}

/** The fields that identify the run, in every JSON of an operation. */
export function runOf({ runUrl }: Pick<Backend, 'runUrl'>, handle: OperationHandle<unknown>) {
  const { operation, workflowId, runId } = handle;
  const ui = runUrl(workflowId, runId) ?? null;
  return { run: { operation, workflowId, runId, ui }, ui };
}
