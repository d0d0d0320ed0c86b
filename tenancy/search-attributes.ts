import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import type { TenantState } from './lifecycle.js';
import type { TenantId } from './tenant-id.js';

/** What runs can be found by in the Temporal UI. A server must know the attributes before the first run starts. */
export const searchAttributeKeys = {
  tenant: defineSearchAttributeKey('TenantId', SearchAttributeType.KEYWORD),
  fleet: defineSearchAttributeKey('Fleet', SearchAttributeType.KEYWORD),
  plan: defineSearchAttributeKey('Plan', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD),
} as const;

/** Where a run stands, as far as a filter needs to know. */
export type Stage = 'onboarding' | TenantState | 'none';

export function searchAttributes(of: {
  readonly tenant: TenantId;
  readonly fleet: string;
  readonly plan: string | undefined;
  readonly stage: Stage;
}): TypedSearchAttributes {
  return new TypedSearchAttributes([
    { key: searchAttributeKeys.tenant, value: of.tenant },
    { key: searchAttributeKeys.fleet, value: of.fleet },
    ...(of.plan === undefined ? [] : [{ key: searchAttributeKeys.plan, value: of.plan }]),
    { key: searchAttributeKeys.stage, value: of.stage },
  ]);
}
