import { InvalidArgumentError } from 'commander';
import type { TenantFilter } from '../client/index.js';
import { FilterTextError, parseTenantFilter } from '../tenancy/tenant-filter-text.js';

/** Parses the value of an option that selects tenants, such as `plan=pro,createdAt>=2026-03-01`. */
export function filterOption(text: string): TenantFilter {
  try {
    return parseTenantFilter(text);
  } catch (error) {
    throw error instanceof FilterTextError ? new InvalidArgumentError(error.message) : error;
  }
}
