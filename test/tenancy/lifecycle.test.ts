import { describe, expect, it } from 'vitest';
import {
  allowedIn,
  isSettled,
  settledStates,
  tenantOperations,
  transitionOf,
} from '../../tenancy/lifecycle.js';
import { refusal } from '../../tenancy/refusal.js';

describe('the lifecycle', () => {
  it.each(tenantOperations)('lets "%s" begin again where a run of it was ended by force', (operation) => {
    const { from, during } = transitionOf(operation);
    expect(from).toContain(during);
    expect(isSettled(during)).toBe(false);
  });

  it('has no way out of a state that lasts but by an operation, and at least one out of each', () => {
    for (const state of settledStates) expect(allowedIn(state), state).not.toEqual([]);
  });

  it('never onboards or adopts a tenant that is ready, suspended or offboarded', () => {
    for (const state of ['ready', 'suspended', 'offboarded'] as const) {
      expect(allowedIn(state)).not.toContain('onboard');
      expect(allowedIn(state)).not.toContain('adopt');
    }
  });

  it('erases only what is gone from Neon', () => {
    expect(transitionOf('erase').from).not.toContain('ready');
    expect(transitionOf('erase').from).not.toContain('suspended');
  });

  it('says of a refusal where the tenant stands and what is allowed there', () => {
    expect(refusal('rotateCredentials', 'suspended')).toBe(
      'the tenant is suspended, so the rotation cannot begin; what can is resumption, repair, offboarding',
    );
    expect(refusal('suspend', 'none')).toBe(
      'the tenant is not known, so the suspension cannot begin; what can is onboarding, adoption',
    );
  });
});
