import { ownCommand } from '../../local/own-command.js';
import { SealError, type SealKeyUse, tryOpeningSecrets } from '../../worker/check-catalog.js';
import { readFleet } from '../../worker/load-fleet.js';
import { type Check, ok, problem } from './check.js';
import { patienceMs } from './subject.js';

/** The seal keys open the catalog's secrets: one secret is tried for each key in use. */
export const sealKey: Check = {
  name: 'seal-key',
  needs: ['catalog-schema'],
  async make({ read }) {
    // The fleet's own check reports a fleet that does not load.
    const fleet = await readFleet(read('TENANTRY_CONFIG')).catch(() => undefined);
    if (fleet?.secrets !== undefined) {
      if (!fleet.encryptPayloads) return ok('not needed: the fleet keeps its secrets in a store of its own');
      const [newest = ''] = read('TENANTRY_SEAL_KEY').keys();
      return ok(`well-formed; payloads are encrypted with "${newest}"`);
    }
    try {
      const sealKeys = read('TENANTRY_SEAL_KEY');
      const [newest = ''] = sealKeys.keys();
      return ok(told(await tryOpeningSecrets(read('TENANTRY_CATALOG_URL'), sealKeys, patienceMs), newest));
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

function told(uses: readonly SealKeyUse[], newest: string): string {
  if (uses.length === 0) return 'well-formed; nothing is sealed yet';
  const opens = `opens what was sealed with ${uses.map(({ keyId }) => `"${keyId}"`).join(', ')}`;
  const older = uses.filter(({ keyId }) => keyId !== newest);
  if (older.length === 0) return opens;
  const counts = older.map(({ keyId, secrets }) => `${secrets} with "${keyId}"`).join(', ');
  return `${opens}; not with the first key, "${newest}": ${counts}, until: ${ownCommand} secrets reseal`;
}
