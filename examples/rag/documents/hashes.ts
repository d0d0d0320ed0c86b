import { createHash } from 'node:crypto';

/** Two documents of the same bytes are one. */
export function contentHash(content: Uint8Array): Buffer {
  return sha256(content);
}

/** Made of where the passage stands, so that the same work twice makes the same row. */
export function passageId(documentId: string, version: number, ordinal: number): Buffer {
  return sha256(`${documentId}/${version}/${ordinal}`);
}

/** A vector is kept under the hash of the text that it was made of, so that no text is embedded twice. */
export function textHash(text: string): Buffer {
  return sha256(text);
}

/** As Postgres has it: only what an index is looked up by. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}
