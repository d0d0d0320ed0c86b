import {
  CatalogUnreachableError,
  TemporalUnreachableError,
  TenantNotFoundError,
  TenantNotReadyError,
  type TenantState,
} from 'tenantry/client';
import { ChatError } from '../answers/chat.js';
import { EmbedderBusyError } from '../embeddings/embedder.js';
import { EmbedderInputError } from '../embeddings/embedder-refused-error.js';
import { SearchModelError } from '../search/search.js';

/** Why a workspace cannot do something now, for the person who wants it. */
export interface Trouble {
  readonly title: string;
  readonly message: string;
  /** Whether it ends by itself within minutes, so that the page may offer to try again. */
  readonly passes: boolean;
}

const busy = (title: string, message: string): Trouble => ({ title, message, passes: true });
const lasting = (title: string, message: string): Trouble => ({ title, message, passes: false });

/** States in which nobody can connect, or not for a moment. */
const byState: Readonly<Record<TenantState, Trouble>> = {
  provisioning: busy('Your workspace is being set up', 'It opens by itself in a moment.'),
  adopting: busy('Your workspace is being set up', 'It opens by itself in a moment.'),
  ready: busy('Your workspace is just back', 'Try again: it was closed for a moment.'),
  updating: busy('Your workspace is being changed', 'It is back in a moment.'),
  moving: busy(
    'Your workspace is moving',
    'It moves to another place with everything in it, and is back in a few minutes.',
  ),
  restoring: busy(
    'Your workspace is being restored',
    'It goes back to an earlier state, and is back in a few minutes.',
  ),
  repairing: busy('Your workspace is being repaired', 'It is back in a few minutes.'),
  resuming: busy('Your workspace is opening again', 'It is back in a moment.'),
  suspending: lasting('Your workspace is being paused', 'Your documents are kept. Ask us to open it again.'),
  suspended: lasting(
    'Your workspace is paused',
    'Your documents are kept, and nobody can read them meanwhile. Ask us to open it again.',
  ),
  failed: lasting('Your workspace could not be set up', 'Nothing of it was left behind.'),
  offboarding: lasting(
    'Your workspace is being closed',
    'Its documents will be deleted. If that is a mistake, tell us at once.',
  ),
  offboarded: lasting('Your workspace is closed', 'Its documents were deleted.'),
  erasing: lasting('Your workspace is closed', 'Its documents were deleted.'),
};

/** What a Postgres that is being moved, is full, or is kept asleep says, each as Neon words it. */
const byAnswer: readonly { readonly code?: RegExp; readonly message?: RegExp; readonly trouble: Trouble }[] =
  [
    {
      code: /^25006$/,
      trouble: busy(
        'Your workspace is moving',
        'You can read and ask. Adding and deleting work again in a few minutes.',
      ),
    },
    {
      message: /exceeded the .* quota/i,
      trouble: lasting(
        'The plan is used up',
        'Neon keeps the database asleep until the next month begins or the plan is larger. Your documents are kept.',
      ),
    },
    {
      message: /project size limit/i,
      trouble: lasting(
        'The workspace is full',
        'Nothing can be added until documents are deleted or the plan is larger. Asking works as before.',
      ),
    },
    {
      code: /^(57P0[1-3]|08\w{3}|28\w{3}|42501|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/,
      trouble: busy(
        'Your workspace does not answer',
        'Its database restarts, or its password just changed. Try again in a moment.',
      ),
    },
  ];

/** `undefined` for an error that is not the workspace's standing, such as a defect. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof TenantNotReadyError) return byState[error.state];
  if (error instanceof TenantNotFoundError) return byState.provisioning;
  if (error instanceof CatalogUnreachableError) {
    return busy(
      'Your workspace cannot be opened just now',
      'What knows where it is does not answer. Try again in a moment.',
    );
  }
  if (error instanceof TemporalUnreachableError) {
    return busy(
      'Nothing can be changed just now',
      'What does the work behind is away, and is expected back. Reading and asking work.',
    );
  }
  if (error instanceof ChatError) return busy('There is no answer', error.message);
  if (error instanceof EmbedderBusyError) {
    return busy(
      'There is no answer',
      'The model that reads questions has too much to do. Ask again in a moment.',
    );
  }
  if (error instanceof EmbedderInputError) {
    return lasting(
      'There is no answer',
      'The model that reads questions does not take this one. Ask in other words.',
    );
  }
  if (error instanceof SearchModelError) {
    return busy('There is no answer', 'Search changed to another model just now. Ask again.');
  }
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return byAnswer.find(
    (each) =>
      (each.code === undefined || each.code.test(code)) &&
      (each.message === undefined || each.message.test(error.message)),
  )?.trouble;
}

/** Whether the way to the workspace is the page that shows how it is set up. */
export function isBeforeFirstOpening(error: unknown): boolean {
  if (error instanceof TenantNotFoundError) return true;
  return error instanceof TenantNotReadyError && (error.state === 'provisioning' || error.state === 'failed');
}
