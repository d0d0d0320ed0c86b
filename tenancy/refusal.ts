import { allowedIn, type TenantOperation, type TenantState } from './lifecycle.js';
import { operationWords } from './operation-words.js';

/** Why an operation may not begin in a state, and what may. */
export function refusal(operation: TenantOperation, state: TenantState | 'none'): string {
  const stands = state === 'none' ? 'not known' : state;
  const allowed = allowedIn(state).map((each) => operationWords[each]);
  return `the tenant is ${stands}, so the ${operationWords[operation]} cannot begin; what can is ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`;
}
