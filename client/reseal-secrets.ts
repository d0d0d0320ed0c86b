import type { Catalog } from '../catalog/catalog.js';
import type { ResealOptions, UnopenedSecret } from '../catalog/reseal.js';
import type { Fleet } from '../tenancy/fleet.js';

/** A seal key that is not the first one. */
export interface OlderSealKey {
  readonly id: string;
  /** The number of secrets that are still sealed with it, of all fleets in the catalog. */
  readonly secrets: number;
  /** How many of those belong to other fleets, each of which reseals its own. */
  readonly ofOtherFleets: number;
  /**
   * The fleet encrypts payloads, so histories of runs that began while this key was the first may need it, until
   * those runs have ended and the namespace's retention is over.
   */
  readonly payloads: boolean;
  /** Neither a secret nor a payload of this fleet needs the key. */
  readonly mayGo: boolean;
}

/** The outcome of a reseal. */
export interface ResealedSecrets {
  /** The first seal key. */
  readonly keyId: string;
  /** The number of secrets that this call sealed with it. */
  readonly resealed: number;
  /**
   * The number of the fleet's secrets that are still not sealed with it: they do not open, or their rows stayed
   * locked.
   */
  readonly left: number;
  /** The first 20 that do not open, and why. */
  readonly unopened: readonly UnopenedSecret[];
  /** Every other key that is configured or in use. */
  readonly olderKeys: readonly OlderSealKey[];
}

/** Returns `undefined` for a fleet with its own secret store: nothing is sealed. */
export async function resealSecrets(
  catalog: Catalog,
  fleet: Fleet,
  options: ResealOptions,
): Promise<ResealedSecrets | undefined> {
  const done = await catalog.reseal?.(fleet.name, options);
  if (done === undefined) return undefined;
  const { keyId, keyIds, resealed, unopened, keysInUse } = done;
  const uses = new Map(keysInUse.map((use) => [use.keyId, use]));
  const ids = [...new Set([...keyIds, ...uses.keys()])].filter((id) => id !== keyId);
  const olderKeys = ids.map((id) => {
    const { secrets: own = 0, ofOtherFleets = 0 } = uses.get(id) ?? {};
    const [secrets, payloads] = [own + ofOtherFleets, fleet.encryptPayloads];
    return { id, secrets, ofOtherFleets, payloads, mayGo: secrets === 0 && !payloads };
  });
  const left = olderKeys.reduce((sum, { secrets, ofOtherFleets }) => sum + secrets - ofOtherFleets, 0);
  return { keyId, resealed, left, unopened, olderKeys };
}
