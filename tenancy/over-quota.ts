import { allowedIn, tenantStates } from './lifecycle.js';

/** Where a quota that is used up can be seen to: by another plan, at once or after a resumption. In any other state something graver is the matter. */
export const overQuotaStates = tenantStates.filter(
  (state) => state === 'suspended' || allowedIn(state).includes('changePlan'),
);
