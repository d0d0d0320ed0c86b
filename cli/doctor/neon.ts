import { checkNeon, type NeonCheck } from '../../worker/check-neon.js';
import { type Check, ok, unreachable } from './check.js';
import { patienceMs, type Subject } from './subject.js';

/** Neon's API answers, whatever it says. */
export const neon: Check = {
  name: 'neon',
  needs: [],
  async make(subject) {
    const host = subject.read('NEON_API_HOST');
    const silence = await neonOf(subject).silence();
    return silence === undefined
      ? ok(`answers at ${host}`)
      : unreachable(
          `Neon's API does not answer at NEON_API_HOST ${host} (${silence})`,
          "mend NEON_API_HOST, or leave it out for Neon's own address",
        );
  },
};

export function neonOf({ read }: Subject): NeonCheck {
  return checkNeon(
    {
      NEON_API_KEY: read('NEON_API_KEY'),
      NEON_API_HOST: read('NEON_API_HOST'),
      NEON_API_INSECURE_HOST: read('NEON_API_INSECURE_HOST'),
      NEON_ORG_ID: read('NEON_ORG_ID'),
    },
    patienceMs,
  );
}
