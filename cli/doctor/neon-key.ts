import { type Check, ok, problem } from './check.js';
import { neonOf } from './neon.js';

/** Neon knows the key, and it has rights in the organization of the projects. */
export const neonKey: Check = {
  name: 'neon-key',
  needs: ['neon'],
  async make(subject) {
    const told = await neonOf(subject).accessProblem();
    const organization = subject.read('NEON_ORG_ID');
    if (told === undefined) {
      return ok(`has power over ${organization === undefined ? 'its organization' : organization}`);
    }
    const { what, cure } = apart(told);
    return problem(what, cure ?? 'set what it names, and run doctor again');
  },
};

/**
 * The first sentence says what is wrong, the rest what to do. Neon's own message is in brackets, and may have a full
 * stop.
 */
function apart(told: string): { what: string; cure: string | undefined } {
  const [, what = told, cure] = /^(.*?(?:\(.*\))?\.) ([A-Z].*)$/s.exec(told) ?? [];
  return { what, cure };
}
