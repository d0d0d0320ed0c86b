import { describe, expect, it } from 'vitest';
import { lifecycle } from '../../tenancy/lifecycle.js';

describe('onboarding', () => {
  const { from, during, succeeded, failed } = lifecycle.onboard;

  it('begins with a tenant that nobody has heard of, and leads through provisioning to ready or failed', () => {
    expect(from).toContain(undefined);
    expect({ during, succeeded, failed }).toEqual({
      during: 'provisioning',
      succeeded: 'ready',
      failed: 'failed',
    });
  });

  it('never begins on a tenant that is ready', () => {
    expect(from).not.toContain('ready');
  });

  it.each([
    ['failed', failed],
    ['was terminated in the middle', during],
  ])('can begin again where it %s', (_, state) => {
    expect(from).toContain(state);
  });
});
