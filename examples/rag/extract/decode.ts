import { DocumentUnfitError } from './extracted.js';

const marks = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/** The encoding that the first bytes say, if they say one. */
export function markedEncoding(content: Uint8Array): string | undefined {
  return marks.find(({ bytes }) => bytes.every((byte, i) => content[i] === byte))?.encoding;
}

/**
 * The text that the bytes are in the encoding which their mark says, else in UTF-8.
 * @throws DocumentUnfitError where they are not. A guess would be wrong for some, and nobody would notice.
 */
export function decode(content: Uint8Array): string {
  const encoding = markedEncoding(content) ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch (error) {
    throw new DocumentUnfitError(
      `The file is not text in ${encoding.toUpperCase()}. Save it with the encoding UTF-8 and upload it again.`,
      { cause: error },
    );
  }
}
