import { asyncLocalStorage, CancelledFailure, type Context } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../examples/rag/activities/failures.js';

/** What an activity fails of while it is being cancelled, such as by a worker that shuts down. */
function failureAtCancellation(error: (reason: CancelledFailure) => unknown): unknown {
  const reason = new CancelledFailure('WORKER_SHUTDOWN');
  const context = { cancellationSignal: AbortSignal.abort(reason) } as Partial<Context> as Context;
  return asyncLocalStorage.run(context, () => failureOf(error(reason)));
}

describe('the failure of an activity that is being cancelled', () => {
  it('quotes no document, whatever else went wrong', () => {
    const failure = failureAtCancellation(() => new TypeError('cannot embed a secret'));
    expect(failure).toMatchObject({ message: 'a defect: TypeError' });
    expect(String(Object(failure).stack)).not.toContain('secret');
  });

  it('is the cancellation where that is all', () => {
    expect(failureAtCancellation((reason) => reason)).toBeInstanceOf(CancelledFailure);
    const abort = new DOMException('This operation was aborted', 'AbortError');
    expect(failureAtCancellation(() => abort)).toBe(abort);
  });
});
