import type { Dependencies } from './dependencies.js';
import { type TenantStep, writerOf } from './tenant-step.js';

/** The id of the workflow that keeps the tenant's copy of that name; none when none is on record. */
export function branchKeeper({ catalog }: Dependencies) {
  return ({ tenant, name }: TenantStep & { readonly name: string }): Promise<string | undefined> =>
    catalog.branches.keeper(tenant, name);
}

/** Forgets a copy that is gone, and its secret, and notes why it went. */
export function forgetBranch({ catalog }: Dependencies) {
  return (
    step: TenantStep & { readonly name: string; readonly keeper: string; readonly why: string },
  ): Promise<void> => {
    const { name, keeper, why } = step;
    return catalog.branches.forget(writerOf(step), { name, keeper }, { branch: name, removed: why });
  };
}
