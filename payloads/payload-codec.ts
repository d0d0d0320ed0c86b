import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** What an encrypted payload calls itself, where another says `json/plain`. */
const encoding = 'binary/tenantry-encrypted-1';

const algorithm = 'aes-256-gcm';
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

export interface PayloadCodecOptions {
  /** The seal keys by their ids, as `parseSealKeys` reads them: the first encrypts, all decrypt. */
  readonly sealKeys: ReadonlyMap<string, Buffer>;
  /** The namespace of Temporal's that the payloads belong to: in another they do not decrypt. */
  readonly namespace: string;
  /** Without it new payloads stay plain, and encrypted ones are still read. */
  readonly encrypts: boolean;
}

/** An encrypted payload cannot be read with the keys at hand. Trying again does not help; the right key does. */
export class EncryptedPayloadError extends Error {
  override readonly name = 'EncryptedPayloadError';
}

/**
 * Encrypts what Temporal keeps of runs, with AES-256-GCM. What is not of its encoding passes through, so that runs which
 * began in the clear go on. Throws {@link EncryptedPayloadError}, never with a key or a payload in it.
 */
export function payloadCodec({ sealKeys, namespace, encrypts }: PayloadCodecOptions): PayloadCodec {
  const keys = new Map([...sealKeys].map(([id, key]) => [id, payloadKey(key)]));
  const [newest] = keys;
  if (newest === undefined) throw new Error('to encrypt payloads takes a seal key at least');
  const [encryptingId, encryptingKey] = newest;
  return {
    async encode(payloads) {
      if (!encrypts) return payloads;
      return payloads.map((payload) => encrypt(payload, encryptingId, encryptingKey, namespace));
    },
    async decode(payloads) {
      return payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload, keys, namespace) : payload));
    },
  };
}

/** A key of its own, so that nothing said of the one use of a seal key says anything of the other. */
function payloadKey(sealKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', sealKey, '', 'tenantry payload encryption 1', keyLength));
}

function encrypt(payload: Payload, keyId: string, key: Buffer, namespace: string): Payload {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(boundTo(namespace, keyId));
  const plain = PayloadMessage.encode(payload).finish();
  return {
    metadata: { encoding: Buffer.from(encoding), 'encryption-key-id': Buffer.from(keyId) },
    data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, Buffer>, namespace: string): Payload {
  const keyId = Buffer.from(payload.metadata?.['encryption-key-id'] ?? []).toString();
  const key = keys.get(keyId);
  if (key === undefined) {
    throw new EncryptedPayloadError(
      `the payload was encrypted with key ${JSON.stringify(keyId.slice(0, 32))}, which TENANTRY_SEAL_KEY does not hold`,
    );
  }
  const data = Buffer.from(payload.data ?? []);
  try {
    const tagAt = data.length - tagLength;
    const decipher = createDecipheriv(algorithm, key, data.subarray(0, nonceLength), {
      authTagLength: tagLength,
    })
      .setAAD(boundTo(namespace, keyId))
      .setAuthTag(data.subarray(tagAt));
    return PayloadMessage.decode(
      Buffer.concat([decipher.update(data.subarray(nonceLength, tagAt)), decipher.final()]),
    );
  } catch {
    throw new EncryptedPayloadError(
      `the payload does not decrypt with key "${keyId}": it was altered, it is of another namespace than "${namespace}", or another key has that id`,
    );
  }
}

function isEncrypted({ metadata }: Payload): boolean {
  return metadata?.encoding != null && Buffer.from(metadata.encoding).toString() === encoding;
}

/**
 * What a payload is good for. Not the run that it belongs to: a codec server is shown payloads without being told their
 * run, and a schedule's are made before it has one.
 */
function boundTo(namespace: string, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([encoding, namespace, keyId]));
}
