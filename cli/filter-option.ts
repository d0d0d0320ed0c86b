import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TenantFilter } from '../client/index.js';
import { addLateOption } from './late-option.js';

/** The value of an option that selects tenants, such as `plan=pro,createdAt>=2026-03-01`. */
export interface WrittenFilter {
  readonly text: string;
  readonly filter: TenantFilter;
}

/** Adds an option whose value is a {@link WrittenFilter}. */
export function addFilterOption(command: Command, flags: string, description: string): Command {
  return addLateOption(command, new Option(flags, description), async (text): Promise<WrittenFilter> => {
    const { FilterTextError, parseTenantFilter } = await import('../tenancy/tenant-filter-text.js');
    try {
      return { text, filter: parseTenantFilter(text) };
    } catch (error) {
      throw error instanceof FilterTextError ? new InvalidArgumentError(error.message) : error;
    }
  });
}
