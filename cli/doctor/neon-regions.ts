import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { neonOf } from './neon.js';

/** Neon has every region that a plan uses. */
export const neonRegions: Check = {
  name: 'neon-regions',
  needs: ['fleet', 'neon-key'],
  async make(subject) {
    const [{ plans }, regions] = await Promise.all([
      readFleet(subject.read('TENANTRY_CONFIG')),
      neonOf(subject).regions(),
    ]);
    const asked = Object.entries(plans).map(([plan, { region }]) => ({ plan, region }));
    const strange = asked.filter(({ region }) => !regions.includes(region));
    if (strange.length === 0) return ok([...new Set(asked.map(({ region }) => region))].join(', '));
    return problem(
      strange
        .map(({ plan, region }) => `plan "${plan}" asks for the region ${region}, which Neon does not have`)
        .join('; '),
      `name one of these in the fleet's file: ${regions.join(', ')}`,
    );
  },
};
