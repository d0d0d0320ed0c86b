import type { Check } from './check.js';
import { paceOfCalls } from './pace-of-calls.js';

/** The server keeps the pace of the calls to Neon, and that pace is within what Neon allows an account. */
export const neonPace: Check = {
  name: 'neon-pace',
  needs: ['workers'],
  make: async (subject) =>
    paceOfCalls(subject, {
      queue: 'neon',
      setting: 'TENANTRY_NEON_CALLS_PER_SECOND',
      askedPerSecond: subject.read('TENANTRY_NEON_CALLS_PER_SECOND'),
      allowedPerSecond: 700 / 60,
      allowed: 'the 700 a minute that Neon allows an account',
      advised: 11.2,
      unitSeconds: 1,
      words: (count) => `${count} calls to Neon a second`,
      whileStopped: 'no call to Neon is made',
    }),
};
