import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A sealed secret: useless without the key that `keyId` names. */
export interface Sealed {
  readonly keyId: string;
  readonly nonce: Buffer;
  /** The ciphertext, followed by GCM's 16-byte tag. */
  readonly ciphertext: Buffer;
}

/** Seals and opens secrets with AES-256-GCM. Neither ever puts a secret into an error. */
export interface Seal {
  /** The configured keys; the first seals. */
  readonly keyIds: readonly string[];
  /** `context` identifies the secret's tenant and kind; a sealed secret that is moved elsewhere does not open. */
  seal(secret: string, context: string): Sealed;
  open(sealed: Sealed, context: string): string;
}

const algorithm = 'aes-256-gcm';
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/**
 * Reads the keys of `TENANTRY_SEAL_KEY`: `id:base64` of 32 bytes each, separated by commas. The first seals,
 * all open, so a key is rotated by putting a new one in front. Throws an error whose message does not contain the key.
 */
export function parseSealKeys(text: string): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const entry of text.split(',')) {
    const [id = '', encoded = ''] = entry.trim().split(':', 2);
    const key = Buffer.from(encoded, 'base64');
    // An entry without a second part may be a bare key, which must not be repeated as if it were an id.
    if (!/^[\w-]{1,32}$/.test(id) || encoded === '') {
      throw new Error('each seal key is written id:base64, the id a short word');
    }
    if (key.length !== keyLength) {
      throw new Error(
        `seal key "${id}" has ${key.length} bytes and not ${keyLength}: make one with openssl rand -base64 32`,
      );
    }
    if (keys.has(id)) throw new Error(`two seal keys are called "${id}"`);
    keys.set(id, key);
  }
  return keys;
}

export function createSeal(keys: ReadonlyMap<string, Buffer>): Seal {
  const [newest] = keys;
  if (newest === undefined) throw new Error('a seal needs at least one key');
  const [sealingKeyId, sealingKey] = newest;
  return {
    keyIds: [...keys.keys()],
    seal(secret, context) {
      const nonce = randomBytes(nonceLength);
      const cipher = createCipheriv(algorithm, sealingKey, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return { keyId: sealingKeyId, nonce, ciphertext };
    },
    open({ keyId, nonce, ciphertext }, context) {
      const key = keys.get(keyId);
      if (key === undefined) {
        throw new SealError(
          `the secret was sealed with key "${keyId}", which TENANTRY_SEAL_KEY does not hold`,
        );
      }
      try {
        const tagAt = ciphertext.length - tagLength;
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength })
          .setAAD(Buffer.from(context))
          .setAuthTag(ciphertext.subarray(tagAt));
        return Buffer.concat([decipher.update(ciphertext.subarray(0, tagAt)), decipher.final()]).toString(
          'utf8',
        );
      } catch {
        throw new SealError(
          `the secret does not open with key "${keyId}": another key has that id, or it was altered`,
        );
      }
    },
  };
}

/** A sealed secret does not open. Retrying does not help; the right key does, unless the secret was `putBack`. */
export class SealError extends Error {
  override readonly name = 'SealError';

  constructor(
    message: string,
    /** It is not the last sealed one: somebody has replaced it. */
    readonly putBack = false,
  ) {
    super(message);
  }
}
