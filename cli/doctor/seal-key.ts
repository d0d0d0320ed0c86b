import { ownCommand } from '../../local/own-command.js';
import { SealError, tryOpeningSecrets } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** The seal keys open what the catalog holds: one secret for each key that sealed any. */
export const sealKey: Check = {
  name: 'seal-key',
  needs: ['catalog-schema'],
  async make({ read }) {
    // A fleet that does not load is what its own check tells of.
    const fleet = await readFleet(read('TENANTRY_CONFIG')).catch(() => undefined);
    if (fleet?.secrets !== undefined) {
      if (!fleet.encryptPayloads) return ok('not needed: the fleet keeps its secrets in a store of its own');
      const [newest = ''] = read('TENANTRY_SEAL_KEY').keys();
      return ok(`well-formed; payloads are encrypted with "${newest}"`);
    }
    try {
      const opened = await tryOpeningSecrets(
        read('TENANTRY_CATALOG_URL'),
        read('TENANTRY_SEAL_KEY'),
        patienceMs,
      );
      return ok(
        opened.length === 0
          ? 'well-formed; nothing is sealed yet'
          : `opens what was sealed with ${opened.map((id) => `"${id}"`).join(', ')}`,
      );
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return problem(
        error.message,
        error.putBack
          ? `look who writes to the catalog besides Tenantry, then: ${ownCommand} rotate <id> --owner`
          : 'add the key that sealed it to TENANTRY_SEAL_KEY, as id:base64 behind the first, with a comma between',
      );
    }
  },
};
