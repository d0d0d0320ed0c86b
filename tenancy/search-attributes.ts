import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
} from '@temporalio/common/lib/search-attributes.js';
import type { TenantState } from './lifecycle.js';

/** The attributes for finding runs in the Temporal UI. A server must know them before the first run starts. */
export const defaultAttributeNames = {
  tenant: 'TenantId',
  fleet: 'Fleet',
  plan: 'Plan',
  stage: 'Stage',
} as const;

export type AttributeNames = { [Of in keyof typeof defaultAttributeNames]: string };

export function searchAttributeKeysOf(names: Partial<AttributeNames> = {}) {
  const key = (of: keyof AttributeNames) =>
    defineSearchAttributeKey<typeof SearchAttributeType.KEYWORD>(
      names[of] ?? defaultAttributeNames[of],
      SearchAttributeType.KEYWORD,
    );
  return { tenant: key('tenant'), fleet: key('fleet'), plan: key('plan'), stage: key('stage') };
}

/** The attributes with other names than the default; `undefined` when there are none. */
export function ownAttributeNames(names: AttributeNames): Partial<AttributeNames> | undefined {
  const own = Object.entries(names).filter(
    ([of, name]) => name !== defaultAttributeNames[of as keyof AttributeNames],
  );
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

/** The state of a run, as far as a filter needs it. */
export type Stage = 'onboarding' | TenantState | 'none';

export function searchAttributes(
  of: {
    /** The tenant's id, or what stands for it. */
    readonly tenant: string;
    readonly fleet: string;
    readonly plan: string | undefined;
    readonly stage: Stage;
  },
  names?: Partial<AttributeNames>,
): TypedSearchAttributes {
  const keys = searchAttributeKeysOf(names);
  return new TypedSearchAttributes([
    { key: keys.tenant, value: of.tenant },
    { key: keys.fleet, value: of.fleet },
    ...(of.plan === undefined ? [] : [{ key: keys.plan, value: of.plan }]),
    { key: keys.stage, value: of.stage },
  ]);
}
