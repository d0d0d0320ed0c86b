import { expect, it } from 'vitest';
import { figuresOf } from '../../bench/history-figures.js';

/** A history is paid for by the byte and by the action, and a tenant has one for each operation. */
it('an onboarding takes 30 events, 5.3 KB, seven actions of Temporal’s and two calls to Neon', () => {
  const { events, bytes, actions, callsToNeon } = figuresOf(
    new URL('./histories/onboard-tenant.ready.json', import.meta.url),
  );
  expect(events).toBeGreaterThan(20);
  expect(events).toBeLessThanOrEqual(30);
  expect(bytes).toBeLessThanOrEqual(5_300);
  expect(actions).toBeLessThanOrEqual(7);
  expect(callsToNeon).toBeLessThanOrEqual(2);
});
