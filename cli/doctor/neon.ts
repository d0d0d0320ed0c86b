import { checkNeon, type NeonCheck } from '../../worker/check-neon.js';
import { type Check, ok, unreachable } from './check.js';
import { patienceMs, type Subject } from './subject.js';

/** Neon's API responds, with any status. */
export const neon: Check = {
  name: 'neon',
  needs: [],
  async make(subject) {
    const host = subject.read('NEON_API_HOST');
    const silence = await neonOf(subject).silence();
    if (silence === undefined) return ok(`answers at ${host}`);
    return silence.status === undefined
      ? unreachable(
          `Neon's API does not answer at NEON_API_HOST ${host} (${silence.why})`,
          "look at the network from here to it, correct NEON_API_HOST, or leave it out for Neon's own address",
        )
      : unreachable(
          `Neon's API at ${host} answers that it is unwell (${silence.why})`,
          'nothing is to be changed here: operations wait, and go on once it is well; see https://neonstatus.com',
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
