import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSeal, SealError, type Sealed } from '../../catalog/seal.js';
import { sealKeys } from './test-catalog.js';

const secret = 'postgresql://app_owner:pässwörd-🔑@ep-1/app';
const keys = sealKeys('k1');
const seal = createSeal(keys);

/** The error that opening ends in. Throws when it opens. */
function refusal(sealed: Sealed, context = 'acme', by = seal): string {
  try {
    by.open(sealed, context);
  } catch (error) {
    if (error instanceof SealError) return error.message;
    throw error;
  }
  throw new Error('the secret opened');
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

describe('a sealed secret', () => {
  it.each([secret, '', 'x'.repeat(100_000)])('opens to what was sealed', (text) => {
    const sealed = seal.seal(text, 'acme');
    expect(seal.open(sealed, 'acme')).toBe(text);
  });

  it('does not show the secret, nor that two secrets are the same', () => {
    const [one, other] = [seal.seal(secret, 'acme'), seal.seal(secret, 'acme')];
    expect(one.ciphertext.includes(Buffer.from('app_owner'))).toBe(false);
    expect(one.ciphertext.equals(other.ciphertext)).toBe(false);
    expect(one.nonce.equals(other.nonce)).toBe(false);
  });

  it('does not open for another tenant', () => {
    expect(refusal(seal.seal(secret, 'acme'), 'evil')).toContain('does not open with key "k1"');
  });

  it('does not open when any one byte was altered', () => {
    const sealed = seal.seal('short', 'acme');
    for (let at = 0; at < sealed.ciphertext.length; at++) {
      refusal({ ...sealed, ciphertext: flipped(sealed.ciphertext, at) });
    }
    for (let at = 0; at < sealed.nonce.length; at++) {
      refusal({ ...sealed, nonce: flipped(sealed.nonce, at) });
    }
  });

  it.each([0, 4, 15, 16, 20])('does not open when all but its first %i bytes are gone', (length) => {
    const sealed = seal.seal(secret, 'acme');
    refusal({ ...sealed, ciphertext: sealed.ciphertext.subarray(0, length) });
  });

  it('does not open with a tag of 4 bytes, which one could guess', () => {
    const { nonce } = seal.seal('', 'acme');
    const [key = Buffer.alloc(0)] = keys.values();
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 4 }).setAAD(
      Buffer.from('acme'),
    );
    const ciphertext = Buffer.concat([cipher.update('8 bytes!'), cipher.final(), cipher.getAuthTag()]);
    refusal({ keyId: 'k1', nonce, ciphertext });
  });

  it('does not open with another key of the same id, and says so', () => {
    const other = createSeal(sealKeys('k1'));
    expect(refusal(other.seal(secret, 'acme'))).toContain('another key has that id, or it was altered');
  });

  it('names the key that is missing', () => {
    const other = createSeal(sealKeys('k0'));
    expect(refusal(other.seal(secret, 'acme'))).toBe(
      'the secret was sealed with key "k0", which TENANTRY_SEAL_KEY does not hold',
    );
  });
});

describe('rotation', () => {
  it('seals with the new key in front and opens what the old one sealed', () => {
    const rotated = createSeal(new Map([...sealKeys('k2'), ...keys]));
    expect(rotated.open(seal.seal(secret, 'acme'), 'acme')).toBe(secret);
    const resealed = rotated.seal(secret, 'acme');
    expect(resealed.keyId).toBe('k2');
    expect(rotated.open(resealed, 'acme')).toBe(secret);
    expect(refusal(resealed)).toContain('"k2"');
  });

  it('needs one key at least', () => {
    expect(() => createSeal(new Map())).toThrow('at least one key');
  });
});
