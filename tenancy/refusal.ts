import { allowedIn, type TenantOperation, type TenantState } from './lifecycle.js';
import { operationWords } from './operation-words.js';

/** Why an operation may not begin in a state, and which may. */
export function refusal(operation: TenantOperation, state: TenantState | 'none'): string {
  if (state === 'offboarded' && (operation === 'onboard' || operation === 'adopt'))
    return `the tenant is offboarded, and its id is kept for it: erase it first (tenantry erase), then ${operation} with reuseErased (--reuse-erased)`;
  const stands = state === 'none' ? 'not known' : state;
  const allowed = allowedIn(state).map((each) => operationWords[each]);
  return `the tenant is ${stands}, so the ${operationWords[operation]} cannot begin; what can is ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`;
}

/** Why an onboarding on another plan is refused, in the tenant's state and, if it is ready, on its present plan. */
export function onboardingRefusal(state: TenantState, present: string, plan: string): string {
  return state === 'ready' && present !== plan
    ? `the tenant is ready on plan "${present}": it is brought to plan "${plan}" by changePlan (tenantry plan)`
    : refusal('onboard', state);
}
