import { CatalogUnreachableError, TemporalUnreachableError } from 'tenantry/client';

/** A server behind this one is away, and is expected back: what was asked for can be asked for again then. */
export function isOutage(error: unknown): error is TemporalUnreachableError | CatalogUnreachableError {
  return error instanceof TemporalUnreachableError || error instanceof CatalogUnreachableError;
}
