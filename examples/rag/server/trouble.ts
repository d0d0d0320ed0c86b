import {
  CatalogNotMigratedError,
  CatalogUnreachableError,
  TemporalUnreachableError,
  TenantNotFoundError,
  TenantNotReadyError,
  TenantryError,
  type TenantState,
} from 'tenantry/client';
import { ChatError } from '../answers/chat.js';
import { type DatabaseTrouble, databaseTroubleOf } from '../database/database-trouble.js';
import { PlanWithoutLimitsError } from '../documents/limits.js';
import { EmbedderBusyError } from '../embeddings/embedder.js';
import { EmbeddingsSettingsError } from '../embeddings/embedder-from-environment.js';
import { EmbedderInputError, EmbedderRefusedError } from '../embeddings/embedder-refused-error.js';
import { EmbedderMissingError } from '../embeddings/embedders.js';
import { MiniLmUnavailableError } from '../embeddings/minilm.js';
import { ModelsMissingError } from '../models/find-models.js';
import { SearchModelError } from '../search/search.js';

/** Why a workspace cannot do something now, for the person who wants it. */
export interface Trouble {
  readonly title: string;
  readonly message: string;
  /** Whether it ends by itself within minutes, so that the page may offer to try again. */
  readonly passes: boolean;
  /** For the log: what only an operator can end, and how. It may be in the words of a server behind this one. */
  readonly forOperator?: string;
}

const busy = (title: string, message: string): Trouble => ({ title, message, passes: true });
const lasting = (title: string, message: string): Trouble => ({ title, message, passes: false });

/** What is wrong with the service itself. A person is not told more than that, and the operator is told what to do. */
const incomplete = (title: string, { message }: Error): Trouble => ({
  title,
  message:
    'This service is not set up completely. Your documents are kept; whoever runs it finds in its log what is missing.',
  passes: false,
  forOperator: message,
});

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

const byDatabase: Readonly<Record<DatabaseTrouble, Trouble>> = {
  moving: busy(
    'Your workspace is moving',
    'You can read and ask. Adding and deleting work again in a few minutes.',
  ),
  quota: lasting(
    'The plan is used up',
    'Neon keeps the database asleep until the next month begins or the plan is larger. Your documents are kept.',
  ),
  full: lasting(
    'The workspace is full',
    'Nothing can be added until documents are deleted or the plan is larger. Asking works as before.',
  ),
  slow: busy('That took too long', 'Your workspace has much to do just now. Try again in a moment.'),
  away: busy(
    'Your workspace does not answer',
    'Its database restarts, or its password just changed. Try again in a moment.',
  ),
};

/** `undefined` for an error that is not the workspace's standing, such as a defect. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (error instanceof TenantryError) return tenantTrouble(error);
  if (error instanceof Error) return modelTrouble(error) ?? databaseTrouble(error);
  return undefined;
}

function tenantTrouble(error: TenantryError): Trouble {
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
  if (error instanceof CatalogNotMigratedError)
    return incomplete('Your workspace cannot be opened just now', error);
  // Such as a sign-up that is being undone, or a login that is being changed.
  return {
    ...busy(
      'That cannot be done just now',
      'Something else is being done with your workspace. Try again in a moment.',
    ),
    forOperator: error.message,
  };
}

/** Errors of what is set up for the whole service. */
const settingsErrors = [
  EmbedderMissingError,
  EmbeddingsSettingsError,
  MiniLmUnavailableError,
  ModelsMissingError,
  PlanWithoutLimitsError,
];

function modelTrouble(error: Error): Trouble | undefined {
  const none = 'There is no answer';
  if (error instanceof ChatError) return { ...busy(none, error.message), forOperator: error.message };
  if (error instanceof EmbedderBusyError)
    return busy(none, 'The model that reads questions has too much to do. Ask again in a moment.');
  if (error instanceof EmbedderInputError)
    return lasting(none, 'The model that reads questions does not take this one. Ask in other words.');
  if (error instanceof SearchModelError)
    return busy(none, 'Search changed to another model just now. Ask again.');
  const isOfSettings =
    error instanceof EmbedderRefusedError || settingsErrors.some((each) => error instanceof each);
  return isOfSettings ? incomplete('That cannot be done just now', error) : undefined;
}

function databaseTrouble(error: Error): Trouble | undefined {
  const trouble = databaseTroubleOf(error);
  return trouble && byDatabase[trouble];
}

/** Whether the way to the workspace is the page that shows how it is set up. */
export function isBeforeFirstOpening(error: unknown): boolean {
  if (error instanceof TenantNotFoundError) return true;
  return error instanceof TenantNotReadyError && (error.state === 'provisioning' || error.state === 'failed');
}
