import {
  type Client,
  Connection,
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
} from '@temporalio/client';
import type { TenantId } from '../tenancy/tenant-id.js';
import { TemporalUnreachableError } from './errors.js';

export type Temporal = Pick<Client, 'connection' | 'withDeadline'>;

/**
 * How long Temporal may take to respond, in milliseconds. Its client notices up to two seconds later, between two
 * attempts.
 */
const reachMs = 8_000;

/** Runs a call that Temporal answers at once when it is up. Throws `TemporalUnreachableError`. */
export function reachTemporal<T>(
  temporal: Temporal,
  work: () => Promise<T>,
  id?: TenantId,
  withinMs = reachMs,
): Promise<T> {
  return namingTemporal(temporal, () => temporal.withDeadline(Date.now() + withinMs, work), id);
}

/** Runs a call that may take long, once Temporal has responded. Throws `TemporalUnreachableError`. */
export async function onceTemporalAnswers<T>(
  temporal: Temporal,
  work: () => Promise<T>,
  id?: TenantId,
): Promise<T> {
  await reachTemporal(temporal, () => temporal.connection.workflowService.getSystemInfo({}), id);
  return namingTemporal(temporal, work, id);
}

/** Runs a call that may take long, and waits for Temporal as Temporal's own client does. Throws `TemporalUnreachableError`. */
export async function namingTemporal<T>(
  temporal: Temporal,
  work: () => Promise<T>,
  id?: TenantId,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw told(error, temporal, id);
  }
}

/** By gRPC's status: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const statuses: Readonly<Record<number, 'away' | 'refused'>> = {
  4: 'away', // DEADLINE_EXCEEDED
  7: 'refused', // PERMISSION_DENIED
  14: 'away', // UNAVAILABLE
  16: 'refused', // UNAUTHENTICATED
};

/** Returns the error itself, or `TemporalUnreachableError` if it shows that Temporal is out of reach. */
export function told(error: unknown, { connection }: Temporal, id: TenantId | undefined): unknown {
  const place = connection instanceof Connection ? `Temporal at ${connection.options.address}` : 'Temporal';
  if (error instanceof NamespaceNotFoundError)
    return new TemporalUnreachableError(`${place} has no namespace "${error.namespace}"`, id);
  const cause = error instanceof ServiceError ? error.cause : error;
  const status = isGrpcServiceError(cause) ? statuses[cause.code] : undefined;
  if (!isGrpcServiceError(cause) || status === undefined) return error;
  return new TemporalUnreachableError(
    status === 'away' ? `${place} does not answer` : `${place} refuses the request: ${cause.details}`,
    id,
  );
}
